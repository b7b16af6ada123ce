// What a page and the worker around a plugin say to each other. All of it can be copied from one to
// the other as it stands.

import type { Processed } from "./plugin.ts";
import type { Reason } from "./stopped.ts";
import type { Changed, Configured, Document, Entry, Level, Limits, Made, Manifest, Noting, Problem, Variables } from "./types.ts";

export interface Grown {
  /** What is said where another instance should go on with less memory. */
  outgrown: string | undefined;
}

/** What a page may ask for, and what the worker answers. */
export interface Calls {
  /** Compiles a plugin's file and says what the plugin is. Before anything else. */
  open: [{ file: Uint8Array; secrets: Map<string, Uint8Array>; limits: Limits; rust: WebAssembly.Module }, Manifest];
  /**
   * A new instance by these rules takes the place of the one before, if they are good. Variables are put into them, and
   * what comes back quotes the rules as written; `documents` are those that the plugin got. `again`: it is by the rules
   * of the one before, and what all instances together may do counts on.
   */
  configure: [
    { documents: Document[]; variables?: Variables | undefined; again?: boolean },
    { configured: Configured; documents: Document[] } | { problems: Problem[] },
  ];
  process: [{ traces: Uint8Array; now: bigint; noting: Noting; maxViewBytes?: number }, Processed & Grown];
  make: [{ call: "tick" | "flush"; now: bigint }, Made & Grown];
  changes: [{ maxBytes: number }, Changed];
  load: [{ version: number; entries: Entry[] }, number];
}

export type Call = keyof Calls;
export type Asked<C extends Call = Call> = { [K in C]: { call: K; id: number; with: Calls[K][0] } }[C];

export type Said =
  | { id: number; answer: unknown }
  | { id: number; failure: string }
  | { id: number; crash: { reason: Reason; message: string } }
  /** Neither: the file, the batch or the order of calls is wrong. */
  | { id: number; error: string }
  | { log: Level; message: string }
  | { counter: string; labels: [string, string][]; delta: bigint };
