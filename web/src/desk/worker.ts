// The desk: a worker that holds the spans, and what became of them.

import {
  Announced, Comparing, Leaving, Reading, Showing, Way, attributeKeys, countSpans, initSync, latestEnd, merged, sha256,
  unprocessed,
} from "../rust/web.js";
import type { DeskAsked, DeskCall, DeskCalls, DeskSaid, Side, Step } from "./messages.ts";
import type { Rows } from "./told.ts";

/** A span that takes longer counts as slow, as in `lapidary compare`. */
const SLOW_NANOS = 5_000_000_000n;

/** The way of a batch. */
interface Kept {
  index: number | undefined;
  steps: Step[];
  out: Uint8Array | undefined;
}

/** What one of two chains made of the spans. */
class Run {
  readonly ways: Kept[] = [];
  readonly announced: Map<number, Announced>;

  constructor(plugins: DeskCalls["begin"][0]["plugins"]) {
    this.announced = new Map(plugins.map(([place, configured]) => [place, new Announced(JSON.stringify(configured))]));
  }

  end(): void {
    this.announced.forEach((plugin) => plugin.free());
  }

  /** The ways of the batches of the input. */
  get ofInput(): Map<number, Kept> {
    return new Map(this.ways.flatMap((way) => (way.index === undefined ? [] : [[way.index, way]])));
  }

  /**
   * Uses a way for as long as something is asked of it: its bytes stand twice meanwhile. With `ordinals` the
   * plugins that are off do not count.
   */
  with<T>({ steps, out }: Kept, use: (way: Way) => T, ordinals = false): T {
    const way = new Way();
    const places = [...this.announced.keys()];
    try {
      for (const { place, came, went, gone, notes, shadow } of steps) {
        way.step(ordinals ? Math.max(places.indexOf(place), 0) : place, came, went, gone);
        if (shadow === true) {
          way.inShadow();
        }
        for (const part of notes) {
          way.tell(there(this.announced.get(place), "plugin"), part.start, part.end, part.notes);
        }
      }
      if (out !== undefined) {
        way.goes(out);
      }
      return use(way);
    } finally {
      way.free();
    }
  }
}

let batches: Uint8Array[] = [];
const runs = new Map<Side, Run>();
let showing: Showing | undefined;
let comparing: Comparing | undefined;

const say = (said: DeskSaid): void => self.postMessage(said);

const calls: { [C in DeskCall]: (asked: DeskCalls[C][0]) => DeskCalls[C][1] } = {
  start({ rust }) {
    initSync({ module: rust });
  },
  read({ bytes, name, append }) {
    const added = read(bytes, name);
    batches = append ? [...batches, ...added] : added;
    return {
      batches: batches.length,
      spans: batches.reduce((sum, batch) => sum + countSpans(batch), 0),
      bytes: batches.reduce((sum, batch) => sum + batch.length, 0),
    };
  },
  batch({ index }) {
    const traces = there(batches[index], "batch");
    return { traces, latestEnd: latestEnd(traces) };
  },
  begin({ side, plugins }) {
    runs.get(side)?.end();
    runs.set(side, new Run(plugins));
  },
  unprocessed({ side, place, came, blocks }) {
    const rewritten = unprocessed(there(run(side).announced.get(place), "plugin"), came, blocks);
    const went = rewritten.output === "unchanged" ? came : (rewritten.traces ?? new Uint8Array());
    const { gone } = rewritten;
    rewritten.free();
    return { went, gone };
  },
  keep({ side, ...kept }) {
    const way = run(side).ways.push(kept) - 1;
    return { way, rows: side === "new" ? rows(way) : undefined };
  },
  rows: ({ way }) => rows(way),
  show({ values, rules }) {
    showing?.free();
    showing = new Showing(values);
    for (const text of rules) {
      showing.learn(text);
    }
  },
  details: ({ way, row }) => withNew(way, (way) => JSON.parse(way.details(row, shown()))),
  why: ({ way, row, place }) =>
    withNew(way, (followed, { steps }) => {
      steps.forEach(({ place }, number) => {
        const announced = run("new").announced.get(place);
        if (announced !== undefined) {
          followed.remember(number, announced);
        }
      });
      return JSON.parse(followed.why(row, place));
    }),
  span: ({ way, row }) => withNew(way, (way) => way.alone(row)),
  keys({ most }) {
    const keys = new Set<string>();
    for (const batch of batches) {
      attributeKeys(batch).forEach((key) => keys.add(key));
      if (keys.size >= most) {
        break;
      }
    }
    return [...keys].sort().slice(0, most);
  },
  leaves({ chain }) {
    const leaving = new Leaving(JSON.stringify(chain));
    const made = run("new");
    made.ways.forEach((kept) => made.with(kept, (way) => leaving.take(way), true));
    const left = JSON.parse(leaving.findings());
    leaving.free();
    return left;
  },
  compare({ old, new: next }) {
    comparing?.free();
    comparing = new Comparing(JSON.stringify(old), JSON.stringify(next), SLOW_NANOS);
    const [before, after] = [run("old"), run("new")];
    const newWays = after.ofInput;
    for (const [index, kept] of before.ofInput) {
      const other = there(newWays.get(index), "batch");
      before.with(kept, (oldWay) => after.with(other, (newWay) => comparing!.take(oldWay, newWay), true), true);
    }
    return JSON.parse(comparing.findings());
  },
  report: ({ form, about }) => there(comparing, "comparison").report(form, JSON.stringify(about)),
  digest: ({ file }) => sha256(file),
  merged: ({ documents }) => merged(JSON.stringify(documents)),
};

function read(bytes: Uint8Array, name: string): Uint8Array[] {
  const reading = new Reading(bytes, name);
  const found: Uint8Array[] = [];
  for (let batch = reading.next(); batch !== undefined; batch = reading.next()) {
    found.push(batch);
  }
  reading.free();
  return found;
}

function rows(way: number): Rows {
  return withNew(way, (followed) => JSON.parse(followed.rows(shown())));
}

function run(side: Side): Run {
  return there(runs.get(side), "run");
}

function withNew<T>(number: number, use: (way: Way, kept: Kept) => T): T {
  const made = run("new");
  const kept = there(made.ways[number], "way");
  return made.with(kept, (way) => use(way, kept));
}

function shown(): Showing {
  showing ??= new Showing(false);
  return showing;
}

function there<T>(value: T | undefined, what: string): T {
  if (value === undefined) {
    throw new Error(`found no such ${what}`);
  }
  return value;
}

self.onmessage = ({ data: { call, id, with: asked } }: MessageEvent<DeskAsked>) => {
  try {
    const run = calls[call] as (asked: unknown) => unknown;
    say({ id, answer: run(asked) });
  } catch (error) {
    say({ id, error: (error as Error).message });
  }
};
