// Completion and hover from a plugin's JSON Schema, and keys of the spans that are there.

import type { Completion, CompletionSource } from "@codemirror/autocomplete";
import { syntaxTree } from "@codemirror/language";
import type { HoverTooltipSource } from "@codemirror/view";
import { type JsonSchema, type SchemaNode, compileSchema } from "json-schema-library";

import { pathAt, siblings } from "./yaml-path.ts";

/** What is known of the rules that are written. */
export interface Known {
  /** The plugin's JSON Schema, as text. */
  schema: string | undefined;
  /** Keys of the loaded spans' attributes. */
  keys: string[];
}

const compiled = new Map<string, SchemaNode>();

export function schemaCompletion(known: () => Known): CompletionSource {
  return (context) => {
    const { schema, keys } = known();
    const word = context.matchBefore(/[\w.*%[\]-]*/);
    if (schema === undefined || word === null || (word.from === word.to && !context.explicit)) {
      return null;
    }
    const { path, inValue } = pathAt(syntaxTree(context.state), context.state.doc, word.from);
    const there = inValue ? new Set<string>() : siblings(syntaxTree(context.state), context.state.doc, word.from);
    const nodes = at(schema, path);
    const options = inValue ? values(nodes) : names(nodes, keys).filter(({ label }) => !there.has(label));
    return options.length === 0 ? null : { from: word.from, options, validFor: /^[\w.*%[\]-]*$/ };
  };
}

export function schemaHover(known: () => Known): HoverTooltipSource {
  return (view, position) => {
    const { schema } = known();
    const { path, key } = pathAt(syntaxTree(view.state), view.state.doc, position);
    if (schema === undefined || key === undefined) {
      return null;
    }
    const [node] = at(schema, [...path, key.name]);
    const text = describe(node);
    if (text === "") {
      return null;
    }
    const create = () => {
      const dom = document.createElement("div");
      dom.className = "hover";
      dom.textContent = text;
      return { dom };
    };
    return { pos: key.from, end: key.to, create };
  };
}

function describe(node: JsonSchema | undefined): string {
  const { description = "", default: standard } = (node ?? {}) as { description?: string; default?: unknown };
  return standard === undefined ? description : `${description}\nDefault: ${JSON.stringify(standard)}`;
}

/** The schemas that count at a place, of several alternatives all. */
function at(schema: string, path: string[]): JsonSchema[] {
  let root = compiled.get(schema);
  if (root === undefined) {
    root = compileSchema(JSON.parse(schema));
    compiled.set(schema, root);
  }
  let nodes = alternatives(root.schema as JsonSchema);
  for (const key of path) {
    nodes = nodes.flatMap((node) => step(node, key)).flatMap(alternatives);
  }
  return nodes;
}

interface Node {
  properties?: Record<string, JsonSchema>;
  additionalProperties?: JsonSchema | boolean;
  items?: JsonSchema;
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  enum?: unknown[];
  const?: unknown;
  description?: string;
}

function step(schema: JsonSchema, key: string): JsonSchema[] {
  const node = schema as Node;
  if (/^\d+$/.test(key) && node.items !== undefined) {
    return [node.items];
  }
  const own = node.properties?.[key];
  const other = typeof node.additionalProperties === "object" ? [node.additionalProperties] : [];
  return own === undefined ? other : [own];
}

function alternatives(schema: JsonSchema): JsonSchema[] {
  const { anyOf, oneOf } = schema as Node;
  const inner = [...(anyOf ?? []), ...(oneOf ?? [])];
  return inner.length === 0 ? [schema] : [schema, ...inner.flatMap(alternatives)];
}

function names(nodes: JsonSchema[], keys: string[]): Completion[] {
  const own = nodes.flatMap((node) => Object.entries((node as Node).properties ?? {}));
  const options = own.map(([label, node]) => ({ label, type: "property", apply: `${label}: `, info: describe(node) }));
  const isFree = nodes.some((node) => typeof (node as Node).additionalProperties === "object");
  return isFree ? [...options, ...keys.map((label) => ({ label, type: "text", apply: `${label}: `, detail: "in these spans" }))] : options;
}

function values(nodes: JsonSchema[]): Completion[] {
  const option = (value: unknown, info = "") => ({ label: String(value), type: "enum", info });
  return nodes.flatMap((schema) => {
    const node = schema as Node;
    const single = node.const === undefined ? [] : [option(node.const, node.description)];
    return [...single, ...(node.enum ?? []).map((value) => option(value))];
  });
}
