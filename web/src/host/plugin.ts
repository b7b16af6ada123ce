// A plugin with its rules, and the way of a batch through it: a view, the plugin's answer, and its
// edits on the batch.

import { Announced, Bounds, Decided, type Rewritten, units } from "../rust/web.js";
import { Instance } from "./instance.ts";
import type { Module } from "./module.ts";
import { within } from "./stopped.ts";
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

/** What a plugin answered to a part of a batch: the units from `start` up to `end`. */
export interface Part {
  start: number;
  end: number;
  /** What the plugin got. */
  view: Uint8Array;
  outcome: Outcome;
}

/** What became of a batch. */
export interface Processed {
  parts: Part[];
  output: "unchanged" | "replaced" | "nothing left";
  /** The batch, where it was replaced. */
  traces: Uint8Array | undefined;
  counts: Counts;
  /** What did not go on, for `Way.step` of crates/web. */
  gone: Uint8Array;
}

export class Plugin {
  private constructor(
    readonly instance: Instance,
    private readonly announced: Announced,
    readonly configured: Configured,
  ) {}

  /**
   * Makes a plugin that has read these rules, base first; or gives the problems of these. All instances by the same rules
   * share their bounds.
   */
  static start(module: Module, documents: Document[], host: Host, limits?: Limits, bounds = new Bounds()): Plugin | Problem[] {
    const instance = new Instance(module, host, limits, bounds);
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

  /**
   * Sends a batch through. Where the plugin would see more than `maxViewBytes` of it, it gets it in parts, cut
   * between spans; 0 means no limit. It was settled before.
   */
  process(traces: Uint8Array, now: bigint, noting: Noting, maxViewBytes = 0): Processed {
    const parts: Part[] = [];
    const decided = new Decided();
    const count = units(traces);
    for (let start = 0; start < count || parts.length === 0; start = parts.at(-1)!.end) {
      const part = this.part(traces, start, { now, noting, maxViewBytes });
      decided.edit(part.start, part.end, part.outcome.edits);
      parts.push(part);
    }
    const rewritten = this.announced.apply(traces, decided);
    decided.free();
    return { parts, ...told(rewritten) };
  }

  private part(
    traces: Uint8Array,
    start: number,
    { now, noting, maxViewBytes }: { now: bigint; noting: Noting; maxViewBytes: number },
  ): Part {
    const view = this.announced.view(traces, start, ALL, maxViewBytes);
    const { bytes, end } = view;
    view.free();
    const outcome = this.instance.process(bytes, now, noting, (outcome) =>
      within(() => {
        this.announced.checkNotes(outcome.notes, NOTING.indexOf(noting), bytes);
        this.announced.checkAnswer(traces, start, end, outcome.edits, outcome.spans);
      }),
    );
    return { start, end, view: bytes, outcome };
  }
}

/** What edits made of a batch, in values that can go from a worker to its page. */
function told(rewritten: Rewritten): Omit<Processed, "parts"> {
  const { spansIn, spansOut, spansChanged } = rewritten;
  const processed = {
    output: rewritten.output as Processed["output"],
    traces: rewritten.traces,
    counts: { spans_in: spansIn, spans_out: spansOut, spans_changed: spansChanged, spans_dropped: spansIn - spansOut },
    gone: rewritten.gone,
  };
  rewritten.free();
  return processed;
}
