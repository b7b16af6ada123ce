// Where in a YAML document a position is: the keys that lead there.

import type { Text } from "@codemirror/state";
import type { SyntaxNode, Tree } from "@lezer/common";

export interface Place {
  /** Keys and numbers of elements, from the outside. */
  path: string[];
  /** Whether the position is where a value stands. */
  inValue: boolean;
  /** The key that the position is in. */
  key?: { name: string; from: number; to: number };
}

export function pathAt(tree: Tree, doc: Text, position: number): Place {
  const path: string[] = [];
  let inValue = false;
  let key: Place["key"];
  let below: SyntaxNode | undefined;
  for (let node: SyntaxNode | null = tree.resolveInner(position, 1); node !== null; node = node.parent) {
    if (node.name === "Pair") {
      const own = node.getChild("Key");
      const isKey = own !== null && position >= own.from && position <= own.to && below?.name !== "BlockMapping";
      if (own !== null && isKey) {
        key ??= { name: textOf(doc, own), from: own.from, to: own.to };
      } else if (own !== null && position > own.to) {
        inValue ||= path.length === 0 && below?.name !== "BlockMapping" && sameLine(doc, own.to, position);
        path.unshift(textOf(doc, own));
      }
    } else if (node.name === "Item") {
      path.unshift("0");
    }
    below = node;
  }
  return byIndent(doc, position, { path, inValue, ...(key && { key }) });
}

/** Keys that stand beside the one at a position. */
export function siblings(tree: Tree, doc: Text, position: number): Set<string> {
  for (let node: SyntaxNode | null = tree.resolveInner(position, 1); node !== null; node = node.parent) {
    if (node.name === "BlockMapping" || node.name === "FlowMapping") {
      const keys = node.getChildren("Pair").map((pair) => pair.getChild("Key"));
      return new Set(keys.filter((key) => key !== null && (position < key.from || position > key.to)).map((key) => textOf(doc, key!)));
    }
  }
  return new Set();
}

/**
 * On a line on which nothing stands yet the tree does not know what it will belong to: the lines above with
 * less indentation do.
 */
function byIndent(doc: Text, position: number, place: Place): Place {
  const line = doc.lineAt(position);
  if (line.text.slice(0, position - line.from).trim() !== "" || /:/.test(line.text)) {
    return place;
  }
  const path: string[] = [];
  let indent = position - line.from;
  for (let number = line.number - 1; number >= 1 && indent > 0; number--) {
    const { text } = doc.line(number);
    const own = text.length - text.trimStart().length;
    const key = /^\s*(?:'([^']*)'|"([^"]*)"|([^\s#'":][^:]*)):/.exec(text);
    if (key !== null && own < indent) {
      path.unshift(key[1] ?? key[2] ?? key[3]!);
      indent = own;
    }
  }
  return { path, inValue: false };
}

function sameLine(doc: Text, a: number, b: number): boolean {
  return doc.lineAt(a).number === doc.lineAt(b).number;
}

function textOf(doc: Text, node: SyntaxNode): string {
  const text = doc.sliceString(node.from, node.to);
  return /^(['"]).*\1$/.test(text) ? text.slice(1, -1) : text;
}
