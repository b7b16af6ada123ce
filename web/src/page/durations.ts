// The picture of durations. What draws it is loaded when it is first wanted.

import type { Item } from "./store.ts";

/** More points than this are thinned out, and the picture says so. */
const MOST = 5000;

/** Operations that are drawn: those with the longest spans. */
const OPERATIONS = 20;

/** `limits` are lengths of time in seconds. */
export async function drawDurations(items: Item[], limits: number[]): Promise<Element> {
  const plot = await import("@observablehq/plot");
  const all = items.filter(({ on, made, duration }) => on === "span" && made === undefined && duration !== undefined);
  const longest = slowest(all);
  const spans = all.filter(({ name }) => longest.has(name || "?"));
  const every = Math.ceil(spans.length / MOST);
  const points = spans
    .filter((item, index) => index % every === 0 || item.gone === undefined)
    .slice(0, 2 * MOST)
    .map((item) => ({
      operation: item.name || "?",
      seconds: Math.max(Number(item.duration) / 1e9, 1e-6),
      became: item.gone === undefined ? "stayed" : "went",
    }));
  const drawn = plot.plot({
    marginLeft: 190,
    width: 820,
    height: 60 + 20 * longest.size,
    style: { background: "transparent", fontSize: "12px" },
    x: { type: "log", label: every > 1 ? "seconds (not all spans that went are drawn)" : "seconds", grid: true },
    y: { label: null, domain: [...longest] },
    color: { legend: true, domain: ["stayed", "went"], range: ["var(--kept)", "var(--dropped)"] },
    marks: [
      plot.dot(points, { x: "seconds", y: "operation", stroke: "became", r: 3 }),
      plot.ruleX(limits, { stroke: "var(--accent)", strokeDasharray: "4 3" }),
      plot.text(limits, { x: (limit: number) => limit, frameAnchor: "top", dy: -8, text: (limit: number) => `${limit} s`, fill: "var(--accent)" }),
    ],
  });
  // The picture has one name, that of what it stands in.
  drawn.querySelectorAll("[aria-label]").forEach((part) => part.removeAttribute("aria-label"));
  return drawn;
}

/** Names of the operations with the longest spans, in that order. */
function slowest(spans: Item[]): Set<string> {
  const longest = new Map<string, number>();
  for (const { name, duration } of spans) {
    longest.set(name || "?", Math.max(longest.get(name || "?") ?? 0, Number(duration)));
  }
  const sorted = [...longest].sort((a, b) => b[1] - a[1]);
  return new Set(sorted.slice(0, OPERATIONS).map(([name]) => name));
}
