// Rules for a key that no rule acted on. Which rules a plugin has for keys its schema says: a map
// `attributes` from keys to words, or a list of keys of that name. A plugin's name says nothing.

import type { ChainPlugin, Rules } from "../chain/plugin.ts";
import { plugins, runNow } from "./store.ts";
import { jumpIn } from "./jump.ts";

interface Property {
  type?: string;
  additionalProperties?: Choice;
  items?: { type?: string };
}

/** A schema that may name words. */
interface Choice {
  const?: unknown;
  enum?: unknown[];
  oneOf?: Choice[];
  anyOf?: Choice[];
}

/** What can be written for this place: of an attribute, or of nothing else. */
export function writers(place: string): { label: string; write: () => void }[] {
  const key = keyOf(place);
  if (key === undefined) {
    return [];
  }
  return plugins.value.flatMap((plugin) => {
    const property = attributesOf(plugin);
    if (property?.type === "object") {
      return words(property.additionalProperties ?? {}).map((word) => ({ label: `Write ${plugin.name}: ${word} this key`, write: () => writeEntry(plugin, key, word) }));
    }
    if (property?.type === "array" && property.items?.type === "string") {
      return [{ label: `Write ${plugin.name}: add this key`, write: () => writeElement(plugin, key) }];
    }
    return [];
  });
}

/** The words that a value may be, beside what else it may be. */
function words(of: Choice): string[] {
  const here = [of.const, ...(of.enum ?? [])].filter((word) => typeof word === "string");
  return [...here, ...[...(of.oneOf ?? []), ...(of.anyOf ?? [])].flatMap(words)];
}

/** The key of an attribute, `customer.name` of `events[0].customer.name`; none of a field. */
function keyOf(place: string): string | undefined {
  const key = place.replace(/^(events|links|entities)\[\d+\]\./, "").replace(/\[\d+\].*$/, "");
  return key === "" || key.includes("<") ? undefined : key;
}

function attributesOf(plugin: ChainPlugin): Property | undefined {
  const schema = plugin.manifest.value?.rulesSchema;
  return schema === undefined ? undefined : (JSON.parse(schema) as { properties?: { attributes?: Property } }).properties?.attributes;
}

function writeEntry(plugin: ChainPlugin, key: string, word: string): void {
  write(plugin, { flow: "{}", inFlow: `${quoted(key)}: ${word}`, line: () => `  ${quoted(key)}: ${word}\n` });
}

function writeElement(plugin: ChainPlugin, key: string): void {
  // Elements of a list may stand as far left as the key.
  const line = (below: string) => `${/^[ \t]*(?=-)/.exec(below)?.[0] ?? "  "}- ${quoted(key)}\n`;
  write(plugin, { flow: "[]", inFlow: quoted(key), line });
}

/** Writes into `attributes` as it stands there: in brackets, in lines, or not at all. */
function write(plugin: ChainPlugin, { flow: [open, close], inFlow, line }: { flow: string; inFlow: string; line: (below: string) => string }): void {
  const rules = documentOf(plugin);
  if (rules === undefined) {
    return;
  }
  const text = rules.text.value;
  const flow = new RegExp(`^attributes:[ \\t]*\\${open}([^\\${close}]*)\\${close}`, "m").exec(text);
  const block = /^attributes:[ \t]*(#.*)?\n/m.exec(text);
  if (flow !== null) {
    insert(plugin, rules, flow.index + flow[0].length - 1, `${flow[1]!.trim() === "" ? "" : ", "}${inFlow}`);
  } else if (block !== null) {
    const at = block.index + block[0].length;
    insert(plugin, rules, at, line(text.slice(at)));
  } else {
    insert(plugin, rules, undefined, `attributes:\n${line("")}`);
  }
}

/** The last document that says something of attributes, for what it says counts; else the last. */
function documentOf(plugin: ChainPlugin): Rules | undefined {
  const all = plugin.rules.value;
  return all.findLast(({ text }) => /^attributes:/m.test(text.value)) ?? all.at(-1);
}

function insert(plugin: ChainPlugin, rules: Rules, at: number | undefined, added: string): void {
  const text = rules.text.value;
  const end = text === "" || text.endsWith("\n") ? text : `${text}\n`;
  const [before, after] = at === undefined ? [end, ""] : [text.slice(0, at), text.slice(at)];
  rules.text.value = before + added + after;
  const line = before.split("\n").length + (at === undefined ? 1 : 0);
  jumpIn(plugin, rules.name, line);
  void runNow();
}

/** A key as YAML takes it in any place. */
function quoted(key: string): string {
  return /^[A-Za-z_][\w.-]*$/.test(key) ? key : `'${key.replaceAll("'", "''")}'`;
}
