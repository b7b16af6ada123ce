// Lifts what `configure` answers with. The twin of `collector/internal/plugin/configured.go`.

import { LIST, type Memory, type Record, u32 } from "./memory.ts";
import { Crash } from "./stopped.ts";
import type { Configured, Problem, Rule, Selector, SetKey, Sight, Writes } from "./types.ts";

const CARRIERS = ["resource", "scope", "span", "event", "link"];
const FIELDS = [
  "trace-id", "span-id", "parent-span-id", "trace-state", "span-flags", "span-name", "span-kind",
  "span-times", "status-code", "status-message", "events", "event-name", "links", "link-trace-state",
  "scope-name", "scope-version", "schema-urls", "entities",
];

const CONFIGURE_RESULT = 76;
const PROBLEM = 36;
const RULE = 20;
const SELECTOR = 12;
const SET_KEY = 12;

/** The problems of the rules, where they are no good. */
export type Configuring = { configured: Configured } | { problems: Problem[] };

/** Lifts a result<configured, list<problem>>. */
export function liftConfiguring(memory: Memory, pointer: number): Configuring {
  const record = memory.view(pointer, CONFIGURE_RESULT, 4);
  switch (record.getUint8(0)) {
    case 0:
      return { configured: liftConfigured(memory, record) };
    case 1:
      return { problems: liftProblems(memory, record) };
    default:
      throw Crash.contract("`configure` answered neither ok nor error");
  }
}

function liftConfigured(memory: Memory, record: Record): Configured {
  const rule = (element: Record, at: number): Rule => ({
    path: memory.text(element, at),
    document: memory.text(element, at + LIST),
    line: u32(element, at + 2 * LIST),
  });
  return {
    sight: liftSight(memory, record),
    writes: liftWrites(memory, record),
    rules: memory.each(record, 60, RULE, rule),
    protects: liftTexts(memory, record, 68),
  };
}

function liftSight(memory: Memory, record: Record): Sight {
  switch (record.getUint8(4)) {
    case 0:
      return "everything";
    case 1:
      return "texts";
    case 2:
      return { fields: named(FIELDS, u32(record, 8)), keys: liftSelectors(memory, record, 12) };
    default:
      throw Crash.contract("`configure` named an unknown sight");
  }
}

function liftWrites(memory: Memory, record: Record): Writes {
  const set = (element: Record, at: number): SetKey => ({
    carriers: named(CARRIERS, element.getUint8(at)),
    key: memory.text(element, at + 4),
  });
  const all: Required<Writes> = {
    drops_spans: record.getUint8(20) !== 0,
    makes_spans: record.getUint8(21) !== 0,
    drops_unknown_fields: record.getUint8(22) !== 0,
    fields: named(FIELDS, u32(record, 24)),
    sets: memory.each(record, 28, SET_KEY, set),
    replaces: liftSelectors(memory, record, 36),
    renames: liftSelectors(memory, record, 44),
    removes: liftSelectors(memory, record, 52),
  };
  const says = (value: boolean | unknown[]) => (typeof value === "boolean" ? value : value.length > 0);
  return Object.fromEntries(Object.entries(all).filter(([, value]) => says(value)));
}

/** Lifts the problems of a refusal. */
function liftProblems(memory: Memory, record: Record): Problem[] {
  const problem = (element: Record, at: number): Problem => ({
    document: memory.text(element, at),
    line: u32(element, at + 8),
    path: memory.text(element, at + 12),
    found: memory.text(element, at + 20),
    expected: memory.text(element, at + 28),
  });
  const problems = memory.each(record, 4, PROBLEM, problem);
  if (problems.length === 0) {
    throw Crash.contract("`configure` refused the rules without naming a problem");
  }
  return problems;
}

function liftSelectors(memory: Memory, record: Record, at: number): Selector[] {
  const selector = (element: Record, at: number): Selector => ({
    carriers: named(CARRIERS, element.getUint8(at)),
    keys: liftTexts(memory, element, at + 4),
  });
  return memory.each(record, at, SELECTOR, selector);
}

function liftTexts(memory: Memory, record: Record, at: number): string[] {
  return memory.each(record, at, LIST, (element, at) => memory.text(element, at));
}

/** The names of the flags that are set; what the contract does not know is no flag. */
function named(names: string[], flags: number): string[] {
  return names.filter((_, bit) => (flags & (1 << bit)) !== 0);
}
