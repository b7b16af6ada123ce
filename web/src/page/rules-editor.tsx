// An editor for one document of a plugin's rules, joined to what is known of them.

import { useSignalEffect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";

import type { ChainPlugin } from "../chain/plugin.ts";
import { Editor } from "../editor/editor.ts";
import { attributeKeys } from "./keys.ts";
import { showTouched, target } from "./jump.ts";
import { acted, ran, ruleKey, runNow } from "./store.ts";

/** How long nothing is typed before the spans go through again. */
const STILL_MILLIS = 300;

export function RulesEditor({ plugin, document, show }: { plugin: ChainPlugin; document: number; show: (document: number) => void }) {
  const parent = useRef<HTMLDivElement>(null);
  const editor = useRef<Editor | undefined>(undefined);
  const rules = plugin.rules.value[document];
  useEffect(() => {
    if (rules === undefined) {
      return;
    }
    let still: number | undefined;
    const made = new Editor(parent.current!, rules.text.peek(), {
      label: `${rules.name} of ${plugin.name}`,
      changed: (text) => {
        rules.text.value = text;
        clearTimeout(still);
        still = setTimeout(() => void runNow(), STILL_MILLIS);
      },
      known: () => ({ schema: plugin.manifest.value?.rulesSchema, keys: attributeKeys.value }),
      touched: (line) => touched(plugin, rules.name, line),
    });
    editor.current = made;
    return () => made.destroy();
  }, [rules]);
  useSignalEffect(() => {
    const text = rules?.text.value;
    if (text !== undefined) {
      editor.current?.replace(text);
    }
  });
  useSignalEffect(() => {
    const problems = plugin.problems.value.filter((problem) => problem.document === rules?.name);
    editor.current?.underline(problems);
  });
  useSignalEffect(() => {
    if (rules !== undefined) {
      editor.current?.acted(actedLines(plugin, rules.name));
    }
  });
  useSignalEffect(() => {
    const go = target.value;
    if (go === undefined || go.plugin !== plugin.id) {
      return;
    }
    if (go.document === rules?.name) {
      editor.current?.goTo(go.line);
    } else {
      const other = plugin.rules.value.findIndex(({ name }) => name === go.document);
      if (other >= 0) {
        show(other);
      }
    }
  });
  const elsewhere = plugin.problems.value.filter(({ document, line }) => line === 0 || document !== rules?.name);
  return (
    <>
      <div class="editor" ref={parent} />
      {elsewhere.map(({ document, line, path, found, expected }) => (
        <p class="bad" role="alert">{[document && `${document}${line > 0 ? `:${line}` : ""}`, path].filter(Boolean).join(": ")}{document || path ? ": " : ""}found {found}{expected && `; expected ${expected}`}</p>
      ))}
    </>
  );
}

/** How often the rules of each line acted. */
function actedLines(plugin: ChainPlugin, document: string): Map<number, number> {
  const place = ran.value.indexOf(plugin);
  const lines = new Map<number, number>();
  for (const rule of plugin.configured.value?.rules ?? []) {
    if (rule.document === document && rule.line > 0) {
      const times = acted.value.get(ruleKey(place, rule)) ?? 0;
      lines.set(rule.line, (lines.get(rule.line) ?? 0) + times);
    }
  }
  return lines;
}

function touched(plugin: ChainPlugin, document: string, line: number): void {
  const rules = plugin.configured.value?.rules ?? [];
  const place = ran.value.indexOf(plugin);
  const there = rules.filter((rule) => rule.document === document && rule.line === line);
  const one = there.find((rule) => (acted.value.get(ruleKey(place, rule)) ?? 0) > 0) ?? there[0];
  if (one !== undefined) {
    showTouched(place, one);
  }
}
