// A plugin with its rules, and the way of a batch through it: a view, the plugin's answer, and its
// edits on the batch.

import { Announced, Decided, differences } from "../rust/web.js";
import { Instance } from "./instance.ts";
import type { Module } from "./module.ts";
import { Crash } from "./stopped.ts";
import {
  type Configured, type Document, type Host, type Limits, type Noting, NOTING, type Outcome, type Problem,
} from "./types.ts";

/** All units of a batch. */
const ALL = 0xffff_ffff;

export interface Counts {
  spans_in: number;
  spans_out: number;
  spans_changed: number;
  spans_dropped: number;
}

/** What became of a batch. */
export interface Processed {
  /** What the plugin got. */
  view: Uint8Array;
  outcome: Outcome;
  output: "unchanged" | "replaced" | "nothing left";
  /** The batch, where it was replaced. */
  traces: Uint8Array | undefined;
  counts: Counts;
  /** The notes, as `lapidary run --notes` has them: a JSON list. */
  told: string;
  /** What differs, see `differences` of crates/web: JSON; or why that cannot be told. */
  differences: { json: string } | { error: string };
}

export class Plugin {
  private constructor(
    readonly instance: Instance,
    private readonly announced: Announced,
    readonly configured: Configured,
  ) {}

  /** Makes a plugin that has read these rules, base first; or gives the problems of these. */
  static start(module: Module, documents: Document[], host: Host, limits?: Limits): Plugin | Problem[] {
    const instance = new Instance(module, host, limits);
    const answer = instance.configure(documents);
    if ("problems" in answer) {
      return answer.problems;
    }
    const announced = within(() => {
      const announced = new Announced(JSON.stringify(answer.configured));
      announced.fits(instance.manifest.changes, documents.map((document) => document.name));
      return announced;
    });
    return new Plugin(instance, announced, answer.configured);
  }

  /** Sends a batch through, all of it in one view. It was settled before. */
  process(traces: Uint8Array, now: bigint, noting: Noting): Processed {
    const view = this.announced.view(traces, 0, ALL, 0);
    const bytes = view.bytes;
    const outcome = this.instance.process(bytes, now, noting, (outcome) =>
      within(() => {
        this.announced.checkNotes(outcome.notes, NOTING.indexOf(noting), bytes);
        this.announced.checkEdits(traces, 0, view.end, outcome.edits);
      }),
    );
    const decided = new Decided();
    decided.edit(view.start, view.end, outcome.edits);
    const rewritten = this.announced.apply(traces, decided);
    const telling = this.announced.tell(outcome.notes, traces, view);
    const processed: Processed = {
      view: bytes,
      outcome,
      output: rewritten.output as Processed["output"],
      traces: rewritten.traces,
      counts: {
        spans_in: rewritten.spansIn,
        spans_out: rewritten.spansOut,
        spans_changed: rewritten.spansChanged,
        spans_dropped: rewritten.spansIn - rewritten.spansOut,
      },
      told: telling.json(),
      differences: compared(traces, rewritten, telling),
    };
    for (const part of [view, decided, rewritten, telling]) {
      part.free();
    }
    return processed;
  }
}

/** Text that is no UTF-8 passes a plugin, but cannot be shown. */
function compared(...given: Parameters<typeof differences>): Processed["differences"] {
  try {
    return { json: differences(...given) };
  } catch (error) {
    return { error: (error as Error).message };
  }
}

/** What `crates/web` finds wrong with an answer is outside the contract. */
function within<T>(check: () => T): T {
  try {
    return check();
  } catch (error) {
    throw Crash.contract((error as Error).message);
  }
}
