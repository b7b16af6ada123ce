// What a plugin and its host hand each other: the records of `wit/types.wit`. Words of flags and cases
// are the contract's; numbers of 64 bits are BigInt.

/** One text of rules. */
export interface Document {
  name: string;
  text: string;
}

/** What a page's server told of variables that rules may ask for, by name. */
export type Variables = { [name: string]: { set: string } | "unset" | "no-text" };

/** One thing that is wrong with the rules or the secrets. */
export interface Problem {
  document: string;
  line: number;
  path: string;
  found: string;
  expected: string;
}

export interface Counter {
  name: string;
  unit: string;
  description: string;
}

export interface Manifest {
  name: string;
  version: string;
  description: string;
  sharding: "none" | "single";
  onFailure: "block" | "pass";
  /** The flags `changes`, as bits. */
  changes: number;
  tickIntervalMillis: number;
  stateVersion: number;
  counters: Counter[];
  /** JSON Schema, as JSON text. */
  rulesSchema: string;
}

export interface Selector {
  carriers: string[];
  keys: string[];
}

export interface SetKey {
  carriers: string[];
  key: string;
}

export type Sight = "everything" | "texts" | { fields: string[]; keys: Selector[] };

/** What is empty or false is left out, as in the golden corpus. */
export interface Writes {
  drops_spans?: boolean;
  makes_spans?: boolean;
  drops_unknown_fields?: boolean;
  fields?: string[];
  sets?: SetKey[];
  replaces?: Selector[];
  renames?: Selector[];
  removes?: Selector[];
}

/** A rule, where it is written. */
export interface Rule {
  path: string;
  document: string;
  line: number;
}

/** What follows from the rules. */
export interface Configured {
  sight: Sight;
  writes: Writes;
  rules: Rule[];
  protects: string[];
}

export const NOTING = ["off", "acts", "looked"] as const;
/** How much a host wants to know of why. */
export type Noting = (typeof NOTING)[number];

/** A piece of what a plugin keeps from batch to batch. */
export interface Entry {
  key: Uint8Array;
  /** `null`: the entry is gone. */
  value: Uint8Array | null;
  belongsTo: Uint8Array;
}

export interface Changed {
  entries: Entry[];
  more: boolean;
}

/** What a call adds to a counter, once it has ended well. */
export interface Addition {
  series: number;
  delta: bigint;
}

/** What a plugin makes of its own. */
export interface Made {
  spans: Uint8Array | null;
  additions: Addition[];
}

/** What a plugin answers to a view. */
export interface Outcome extends Made {
  edits: Uint8Array;
  notes: Uint8Array;
}

export const LEVELS = ["debug", "info", "warn", "error"] as const;
export type Level = (typeof LEVELS)[number];

/** What a plugin reaches besides the meter. */
export interface Host {
  log(level: Level, message: string): void;
  /** The decoded bytes of a secret that is granted to the plugin. */
  secret(name: string): Uint8Array | undefined;
  /** What calls that ended well added. */
  count(name: string, labels: [string, string][], delta: bigint): void;
}

/** What an instance may use. */
export interface Limits {
  /** Longest time of one call in milliseconds; what comes before the first batch may take ten times as long. */
  timeoutMillis: number;
  /** Most memory of one instance. */
  memoryBytes: number;
  /** Most of a plugin's state that is kept beside it. */
  stateBytes: number;
  /** Loop heads and function entries between two looks at the clock; 1 is for tests. */
  rounds: number;
}

export const DEFAULT_LIMITS: Limits = { timeoutMillis: 1000, memoryBytes: 128 << 20, stateBytes: 256 << 20, rounds: 250_000 };
