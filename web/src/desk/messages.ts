// What the page and its desk say to each other; the desk is the worker that holds the spans.

import type { Configured } from "../host/types.ts";
import type { About, Findings, Left, Member } from "./findings.ts";
import type { Details, Rows, Why } from "./told.ts";

/** Which of two chains: `new` is the one on the screen, `old` the one that it is compared with. */
export type Side = "old" | "new";

/** What one plugin made of a batch. */
export interface Step {
  /** The plugin's place in the chain. */
  place: number;
  came: Uint8Array;
  /** What went on of it, without spans of the plugin's own. */
  went: Uint8Array;
  /** What did not, see `Way.step`. */
  gone: Uint8Array;
  /** What it told of each part. */
  notes: { start: number; end: number; notes: Uint8Array }[];
  /** Whether it runs in the shadow: what came goes on. */
  shadow?: boolean;
}

export interface Input {
  batches: number;
  spans: number;
  bytes: number;
}

export interface DeskCalls {
  start: [{ rust: WebAssembly.Module }, void];
  /** Reads a file in place of what was there, or behind it. The name's ending tells the form. */
  read: [{ bytes: Uint8Array; name: string; append: boolean }, Input];
  batch: [{ index: number }, { traces: Uint8Array; latestEnd: bigint }];
  /** What the plugins of the run that begins said of themselves, by their place; ways of the last one go. */
  begin: [{ side: Side; plugins: [number, Configured][] }, void];
  /** What becomes of a batch that a plugin could not process. */
  unprocessed: [{ side: Side; place: number; came: Uint8Array; blocks: boolean }, { went: Uint8Array; gone: Uint8Array }];
  /**
   * Keeps the way of a batch, and of a new one tells what became of it; `index` is that of the input, none of what
   * plugins made. `out` left the chain.
   */
  keep: [
    { side: Side; index: number | undefined; steps: Step[]; out: Uint8Array | undefined },
    { way: number; rows: Rows | undefined },
  ];
  /** What became of the batch of a new way. */
  rows: [{ way: number }, Rows];
  /** Whether values may be seen, and the texts whose words always may. */
  show: [{ values: boolean; rules: string[] }, void];
  details: [{ way: number; row: number }, Details];
  why: [{ way: number; row: number; place: string }, Why[]];
  /** One span as it came, with its resource and scope, as OTLP JSON. */
  span: [{ way: number; row: number }, string];
  /** Keys of attributes of the spans that came, at most so many. */
  keys: [{ most: number }, string[]];
  /** What goes out of the new chain, the doubtful first. */
  leaves: [{ chain: Member[] }, Left];
  /** Compares what both runs made of the batches of the input. */
  compare: [{ old: Member[]; new: Member[] }, Findings];
  /** The document of the last comparison, by its form: `html`, `md`, `json`, `txt`. */
  report: [{ form: string; about: About }, string];
  /** The SHA-256 of a file, in hexadecimal. */
  digest: [{ file: Uint8Array }, string];
  /** Rules of one plugin after their overlays. */
  merged: [{ documents: { name: string; text: string }[] }, string];
}

export type DeskCall = keyof DeskCalls;
export type DeskAsked<C extends DeskCall = DeskCall> = { [K in C]: { call: K; id: number; with: DeskCalls[K][0] } }[C];
export type DeskSaid = { id: number; answer: unknown } | { id: number; error: string };
