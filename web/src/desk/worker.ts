// The desk: a worker that holds the spans, and what became of them.

import {
  Announced, Reading, Showing, Way, attributeKeys, countSpans, initSync, latestEnd, merged, unprocessed,
} from "../rust/web.js";
import type { DeskAsked, DeskCall, DeskCalls, DeskSaid, Step } from "./messages.ts";

let batches: Uint8Array[] = [];
let ways: Step[][] = [];
let announced = new Map<number, Announced>();
let showing: Showing | undefined;

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
  begin({ plugins }) {
    announced.forEach((plugin) => plugin.free());
    announced = new Map(plugins.map(([place, configured]) => [place, new Announced(JSON.stringify(configured))]));
    ways = [];
  },
  unprocessed({ place, came, blocks }) {
    const rewritten = unprocessed(there(announced.get(place), "plugin"), came, blocks);
    const went = rewritten.output === "unchanged" ? came : (rewritten.traces ?? new Uint8Array());
    const { gone } = rewritten;
    rewritten.free();
    return { went, gone };
  },
  keep({ steps }) {
    ways.push(steps);
    return { way: ways.length - 1, rows: rows(steps) };
  },
  rows: ({ way }) => rows(there(ways[way], "way")),
  show({ values, rules }) {
    showing?.free();
    showing = new Showing(values);
    for (const text of rules) {
      showing.learn(text);
    }
  },
  details: ({ way, row }) => followed(there(ways[way], "way"), (way) => JSON.parse(way.details(row, shown()))),
  why({ way, row, place }) {
    const steps = there(ways[way], "way");
    return followed(steps, (followed) => {
      steps.forEach(({ place }, number) => followed.remember(number, there(announced.get(place), "plugin")));
      return JSON.parse(followed.why(row, place));
    });
  },
  span: ({ way, row }) => followed(there(ways[way], "way"), (way) => way.alone(row)),
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
  leaves: () => [],
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

function rows(steps: Step[]): DeskCalls["rows"][1] {
  return followed(steps, (way) => JSON.parse(way.rows(shown())));
}

function shown(): Showing {
  showing ??= new Showing(false);
  return showing;
}

/** Uses a way for as long as something is asked of it: its bytes stand twice meanwhile. */
function followed<T>(steps: Step[], use: (way: Way) => T): T {
  const way = new Way();
  try {
    for (const { place, came, went, gone, notes } of steps) {
      way.step(place, came, went, gone);
      for (const part of notes) {
        way.tell(there(announced.get(place), "plugin"), part.start, part.end, part.notes);
      }
    }
    return use(way);
  } finally {
    way.free();
  }
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
