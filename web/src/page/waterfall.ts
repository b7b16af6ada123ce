// Traces as lines: each span under its parent, with its place in the time of its trace.

import type { Item } from "./store.ts";

export interface Line {
  item: Item;
  depth: number;
  /** Where its bar begins and how long it is, as shares of the trace's time. */
  offset: number;
  width: number;
}

/** A line of the list: the head of a trace, or one of its spans; resources and scopes come first. */
export type Entry = { kind: "head"; trace: string; count: number; millis: number } | ({ kind: "line" } & Line);

/** Lays out what is shown. Traces stand in the order of their first span. */
export function layOut(items: Item[]): Entry[] {
  const traces = new Map<string, Item[]>();
  for (const item of items) {
    const trace = item.on === "span" ? item.trace : "";
    const of = traces.get(trace);
    if (of === undefined) {
      traces.set(trace, [item]);
    } else {
      of.push(item);
    }
  }
  const around = traces.get("") ?? [];
  traces.delete("");
  const entries: Entry[] = around.length === 0 ? [] : [{ kind: "head", trace: "", count: around.length, millis: 0 }];
  entries.push(...around.map((item) => ({ kind: "line" as const, item, depth: 0, offset: 0, width: 0 })));
  for (const [trace, spans] of traces) {
    for (const entry of ofTrace(trace, spans)) {
      entries.push(entry);
    }
  }
  return entries;
}

function ofTrace(trace: string, spans: Item[]): Entry[] {
  // What came once for each id; a span that came twice stands as often as it came.
  const ids = new Set(spans.map(({ span }) => span));
  const children = new Map<string, Item[]>();
  for (const item of spans) {
    const parent = ids.has(item.parent) && item.parent !== item.span ? item.parent : "";
    const of = children.get(parent);
    if (of === undefined) {
      children.set(parent, [item]);
    } else {
      of.push(item);
    }
  }
  const time = timeOf(spans);
  const lines: Entry[] = [];
  const placed = new Set<number>();
  // A stack, for a trace may be deeper than calls can be.
  const waiting = sorted(children.get("") ?? []).map((item) => ({ item, depth: 0 }));
  while (waiting.length > 0) {
    const { item, depth } = waiting.pop()!;
    if (placed.has(item.id)) {
      continue;
    }
    placed.add(item.id);
    lines.push({ kind: "line", item, depth, ...barOf(item, time) });
    waiting.push(...sorted(children.get(item.span) ?? []).map((child) => ({ item: child, depth: depth + 1 })));
  }
  // Spans that are each other's parents hang on nothing.
  for (const item of spans.filter(({ id }) => !placed.has(id))) {
    lines.push({ kind: "line", item, depth: 0, ...barOf(item, time) });
  }
  return [{ kind: "head", trace, count: spans.length, millis: Number(time.length / 1000n) / 1000 }, ...lines];
}

/** The latest first, for they are taken from the end. */
function sorted(items: Item[]): Item[] {
  return items.toSorted((a, b) => (a.begins < b.begins ? 1 : a.begins > b.begins ? -1 : b.id - a.id));
}

interface Time {
  start: bigint;
  length: bigint;
}

function timeOf(spans: Item[]): Time {
  let start: bigint | undefined;
  let end = 0n;
  for (const item of spans) {
    const from = item.begins;
    const to = from + BigInt(item.duration ?? "0");
    start = start === undefined || from < start ? from : start;
    end = to > end ? to : end;
  }
  return { start: start ?? 0n, length: end - (start ?? 0n) };
}

/** Shares are small numbers; times are not and stay what they are until they are divided. */
function barOf(item: Item, { start, length }: Time): { offset: number; width: number } {
  if (length === 0n) {
    return { offset: 0, width: 1 };
  }
  const share = (nanos: bigint) => Number((nanos * 100_000n) / length) / 100_000;
  return { offset: share(item.begins - start), width: share(BigInt(item.duration ?? "0")) };
}

/** A length of time in the unit that fits it, to three digits, as on the command line. */
export function duration(nanos: string | undefined): string {
  if (nanos === undefined) {
    return "ends before it starts";
  }
  const length = Number(nanos);
  for (const [unit, name] of [[1e9, "s"], [1e6, "ms"], [1e3, "µs"]] as const) {
    if (length >= unit) {
      const value = length / unit;
      return `${value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0)} ${name}`;
    }
  }
  return `${length} ns`;
}

/** One word for what became of it. */
export function became(item: Item): "dropped" | "lost" | "made" | "changed" | "kept" {
  if (item.gone !== undefined) {
    return item.lost ? "lost" : "dropped";
  }
  return item.made !== undefined ? "made" : item.changes > 0 ? "changed" : "kept";
}
