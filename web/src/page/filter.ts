// Which rows are shown.

import { computed, signal } from "@preact/signals";

import { items, rule, ruleKey, type Item } from "./store.ts";
import { became, layOut } from "./waterfall.ts";

export const text = signal("");
export const service = signal("");
export const only = signal<"" | "kept" | "changed" | "dropped" | "lost" | "made">("");

export const services = computed(() => [...new Set(items.value.map(({ service }) => service))].sort());

export const shown = computed(() => {
  const wanted = text.value.trim().toLowerCase();
  const key = rule.value && ruleKey(rule.value.place, rule.value);
  return items.value.filter(
    (item) =>
      (wanted === "" || finds(item, wanted)) &&
      (service.value === "" || item.service === service.value) &&
      (only.value === "" || became(item) === only.value) &&
      (key === undefined || item.by.includes(key)) &&
      // A resource or scope that nothing became of says nothing.
      (item.on === "span" || item.changes > 0 || item.by.length > 0),
  );
});

/** How many spans are shown, of how many. */
export const counts = computed(() => {
  const spans = (all: Item[]) => all.reduce((sum, { on }) => sum + (on === "span" ? 1 : 0), 0);
  return `${spans(shown.value)} of ${spans(items.value)} spans`;
});

export const entries = computed(() => layOut(shown.value));

function finds({ name, service, trace, span }: Item, wanted: string): boolean {
  return [name, service, trace, span].some((text) => text.toLowerCase().includes(wanted));
}
