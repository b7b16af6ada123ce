// From a rule to its line in an editor, and to the spans that it touched.

import { signal } from "@preact/signals";

import type { ChainPlugin } from "../chain/plugin.ts";
import type { RuleAt } from "../desk/told.ts";
import { ran, rule, view } from "./store.ts";

/** Where an editor should go. */
export const target = signal<{ plugin: number; document: string; line: number; times: number } | undefined>(undefined);

/** Shows the line of a rule in its editor. */
export function jumpTo(place: number, { document, line }: RuleAt): void {
  const plugin = ran.value[place];
  if (plugin !== undefined && document !== undefined) {
    jumpIn(plugin, document, line ?? 1);
  }
}

/** Shows a line of a document in the editor of its plugin. */
export function jumpIn(plugin: ChainPlugin, document: string, line: number): void {
  target.value = { plugin: plugin.id, document, line, times: (target.value?.times ?? 0) + 1 };
}

/** Shows the spans that a rule touched. */
export function showTouched(place: number, of: RuleAt): void {
  rule.value = { ...of, place };
  view.value = "Spans";
}
