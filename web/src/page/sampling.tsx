// By operation: how many spans came, how many stayed, and why; and how long they took.

import { computed } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";

import { items, plugins, ruleOf, type Item } from "./store.ts";
import { drawDurations } from "./durations.ts";

interface Operation {
  name: string;
  came: number;
  stayed: number;
  /** How many spans each rule decided, by rule. */
  why: Map<string, number>;
}

const operations = computed(() => {
  const all = new Map<string, Operation>();
  for (const item of items.value.filter(({ on, made }) => on === "span" && made === undefined)) {
    const name = `${item.service || "?"} ${item.name || "?"}`;
    const of = all.get(name) ?? { name, came: 0, stayed: 0, why: new Map<string, number>() };
    all.set(name, of);
    of.came++;
    of.stayed += item.gone === undefined ? 1 : 0;
    for (const key of new Set(deciders(item))) {
      of.why.set(key, (of.why.get(key) ?? 0) + 1);
    }
  }
  return [...all.values()].sort((a, b) => b.came - a.came);
});

/** The rules of plugins that decide whether spans go on: those that dropped any. */
function deciders(item: Item): string[] {
  return item.by.filter((key) => droppers.value.has(ruleOf(key).place));
}

const droppers = computed(() => new Set(items.value.flatMap(({ on, gone }) => (on === "span" && gone !== undefined ? [gone] : []))));

export function Sampling() {
  const all = operations.value;
  const came = all.reduce((sum, one) => sum + one.came, 0);
  const stayed = all.reduce((sum, one) => sum + one.stayed, 0);
  return (
    <div class="tables" tabIndex={0} role="region" aria-label="Sampling">
      <h2>How long spans took</h2>
      <Durations />
      <h2>What stays</h2>
      <p>{stayed} of {came} spans stay.</p>
      <table>
        <thead><tr><th scope="col">Operation</th><th scope="col">Came</th><th scope="col">Stayed</th><th scope="col">Share</th><th scope="col">Why</th></tr></thead>
        <tbody>
          {all.map(({ name, came, stayed, why }) => (
            <tr>
              <td>{name}</td><td>{came}</td><td>{stayed}</td>
              <td><span class="share"><span class="part" style={{ width: `${(100 * stayed) / came}%` }} /><span class="number">{Math.round((100 * stayed) / came)} %</span></span></td>
              <td>{[...why].sort((a, b) => b[1] - a[1]).map(([key, count]) => `${ruleOf(key).path} ${count}`).join(", ")}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Durations() {
  const parent = useRef<HTMLDivElement>(null);
  const spans = items.value;
  useEffect(() => {
    let isGone = false;
    void drawDurations(spans, limits()).then((drawn) => {
      if (!isGone) {
        parent.current?.replaceChildren(drawn);
      }
    });
    return () => {
      isGone = true;
    };
  }, [spans]);
  return <div class="plot" tabIndex={0} ref={parent} role="img" aria-label="Each span by its operation and duration, kept or not, beside the limits of the rules" />;
}

/** Lengths of time that rules compare with: every `longer_than`. */
function limits(): number[] {
  const texts = plugins.value.flatMap(({ isOn, taken }) => (isOn.value ? taken.value.map(({ text }) => text) : []));
  const found = texts.flatMap((text) => [...text.matchAll(/longer_than:\s*['"]?([\d.]+)(ms|s|m|us|µs)\b/g)]);
  const units: Record<string, number> = { us: 1e-6, µs: 1e-6, ms: 1e-3, s: 1, m: 60 };
  return [...new Set(found.map(([, number, unit]) => Number(number) * units[unit!]!))];
}
