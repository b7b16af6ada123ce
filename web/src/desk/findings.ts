// Two sets of rules on the same spans, and what leaves by one: what `Comparing` and `Leaving` of `crates/web`
// take, and the JSON that they give. No value of a span is in that.

import type { Configured, Document, Rule } from "../host/types.ts";

/** A plugin of a chain; a chain is a JSON list of these. */
export interface Member {
  name: string;
  version: string;
  /** Of its file, in hexadecimal. */
  sha256: string;
  configured: Configured;
  documents: Document[];
  shadow: boolean;
}

/** What a report says of the spans. */
export interface About {
  recording?: { name: string; sha256: string };
  /** Spans that come in a second, all in all. */
  rate?: number;
}

export interface Findings extends Left {
  /** What the old rules protect and the new ones do not. */
  unprotected: { plugin: string; text: string }[];
  /** More of these leaves than before. */
  loosened: Values[];
  /** Less of these leaves. */
  tightened: Values[];
  /** As much, in another form. */
  otherwise: Values[];
  /** How many values both change to the same. */
  alike: number;
  /** Spans that only the old rules keep. */
  lost: Decided[];
  /** Spans that only the new rules keep. */
  kept: Decided[];
  spans_in: number;
}

/** What leaves by the rules, by the new ones where two sets are compared. */
export interface Left {
  /** What to look at first stands first. */
  leaves: Leaf[];
  names: { name: string; spans: number }[];
}

/** A rule of a plugin; without a path where the plugin gave no reason. */
export interface By extends Rule {
  plugin: string;
}

export interface Values {
  values: number;
  on: On;
  place: string;
  old: Became;
  new: Became;
}

export interface Became {
  became: "left" | "changed" | "removed" | "added" | "absent";
  by: By[];
}

export interface Decided {
  spans: { all: number; failed: number; slow: number; gapped: number };
  old: Fate;
  new: Fate;
}

export interface Fate {
  kept: boolean;
  by: By[];
}

export interface Leaf {
  on: On;
  place: string;
  values: number;
  distinct: number;
  forms: string[];
  /** Text that no rule looked at, text that rules looked at, or no text. */
  doubt: "unread" | "read" | "no_text";
  /** The deed in the words of `wit/notes.proto`. */
  rules: (By & { deed: string })[];
}

export type On = "span" | "resource" | "scope";
