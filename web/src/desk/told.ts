// What the desk tells of spans: the JSON of `crates/web`, `rows.rs` and `details.rs`. Times are nanoseconds
// as text, for they do not fit into a number.

/** A rule, where it is written. */
export interface RuleAt {
  path: string;
  document?: string;
  line?: number;
}

export interface ActedRule extends RuleAt {
  /** The plugin's place in the chain. */
  place: number;
  count: number;
}

export interface Row {
  on: "span" | "resource" | "scope";
  service: string;
  name: string;
  trace: string;
  span: string;
  parent: string;
  start: string;
  /** Left out where the end lies before the start. */
  duration?: string;
  failed: boolean;
  spans: number;
  /** The plugin that made it. */
  made?: number;
  /** The plugin after which it did not go on. */
  gone?: number;
  changes: number;
  /** Numbers of `rules`. */
  acted: number[];
}

/** Something that a rule did, as often as it did so. */
export interface Finding {
  /** The rule's number among `rules`. */
  rule: number;
  deed: string;
  on: string;
  /** The attribute and the way into it, or the field; empty: the whole. */
  place: string;
  count: number;
}

export interface Rows {
  rules: ActedRule[];
  rows: Row[];
  findings: Finding[];
}

export interface Reason {
  deed: string;
  rule: RuleAt;
  key?: string;
}

export interface Changed {
  place: string;
  shown: string;
  was?: string;
  is?: string;
  key: boolean;
  reasons: Reason[];
}

export interface Stage {
  place: number;
  values: { place: string; shown: string; value: string }[];
  /** Whether the plugin runs in the shadow: what follows would be. */
  shadow?: boolean;
  gone: boolean;
  changes: Changed[];
  reasons: Reason[];
}

export interface Details {
  stages: Stage[];
}

export interface Why {
  place: number;
  answers: { word: string; rule?: RuleAt }[];
}
