// Lifts what the other functions answer with. The twin of `collector/internal/plugin/answer.go`,
// `entries.go` and the end of `abi.go`.

import { LIST, type Memory, type Record, u32 } from "./memory.ts";
import { Crash, Failure } from "./stopped.ts";
import type { Addition, Changed, Counter, Entry, Made, Manifest, Outcome } from "./types.ts";

const MANIFEST = 52;
const COUNTER = 3 * LIST;
const ADDITION = 16;
const PROCESS_RESULT = 40;
const MADE_RESULT = 24;
const CHANGED = 12;
const LOAD_RESULT = 12;
/** Of an entry, in a list. */
export const ENTRY = 28;

export function liftManifest(memory: Memory, pointer: number): Manifest {
  const record = memory.view(pointer, MANIFEST, 4);
  const sharding = (["none", "single"] as const)[record.getUint8(24)];
  const onFailure = (["block", "pass"] as const)[record.getUint8(25)];
  if (sharding === undefined || onFailure === undefined) {
    throw Crash.contract("the manifest has an unknown case of `sharding` or `on-failure`");
  }
  const counter = (element: Record, at: number): Counter => ({
    name: memory.text(element, at),
    unit: memory.text(element, at + LIST),
    description: memory.text(element, at + 2 * LIST),
  });
  return {
    name: memory.text(record, 0),
    version: memory.text(record, LIST),
    description: memory.text(record, 2 * LIST),
    sharding,
    onFailure,
    changes: record.getUint8(26),
    tickIntervalMillis: u32(record, 28),
    stateVersion: u32(record, 32),
    counters: memory.each(record, 36, COUNTER, counter),
    rulesSchema: memory.text(record, 44),
  };
}

/** Lifts a result<outcome, string>. */
export function liftOutcome(memory: Memory, pointer: number): Outcome {
  const record = memory.view(pointer, PROCESS_RESULT, 4);
  liftFailure(memory, record, "process");
  return {
    edits: memory.bytes(record, 4),
    spans: liftSpans(memory, record, 12),
    additions: liftAdditions(memory, record, 24),
    notes: memory.bytes(record, 32),
  };
}

/** Lifts a result<made, string>. */
export function liftMade(memory: Memory, pointer: number, call: string): Made {
  const record = memory.view(pointer, MADE_RESULT, 4);
  liftFailure(memory, record, call);
  return { spans: liftSpans(memory, record, 4), additions: liftAdditions(memory, record, 16) };
}

export function liftChanged(memory: Memory, pointer: number): Changed {
  const record = memory.view(pointer, CHANGED, 4);
  const entry = (element: Record, at: number): Entry => ({
    key: memory.bytes(element, at),
    value: liftOption(element, at + 8, "an entry has neither a value nor none", () => memory.bytes(element, at + 12)),
    belongsTo: memory.bytes(element, at + 20),
  });
  return { entries: memory.each(record, 0, ENTRY, entry), more: record.getUint8(LIST) !== 0 };
}

/** Lifts a result<u32, string>: how many entries were damaged. */
export function liftDamaged(memory: Memory, pointer: number): number {
  const record = memory.view(pointer, LOAD_RESULT, 4);
  liftFailure(memory, record, "load");
  return u32(record, 4);
}

function liftFailure(memory: Memory, record: Record, call: string): void {
  switch (record.getUint8(0)) {
    case 0:
      return;
    case 1:
      throw new Failure(memory.line(record, 4));
    default:
      throw Crash.contract(`\`${call}\` answered neither ok nor error`);
  }
}

function liftSpans(memory: Memory, record: Record, at: number): Uint8Array | null {
  return liftOption(record, at, "the answer has neither spans nor none", () => memory.bytes(record, at + 4));
}

function liftOption<T>(record: Record, at: number, otherwise: string, lift: () => T): T | null {
  switch (record.getUint8(at)) {
    case 0:
      return null;
    case 1:
      return lift();
    default:
      throw Crash.contract(otherwise);
  }
}

function liftAdditions(memory: Memory, record: Record, at: number): Addition[] {
  const addition = (element: Record, at: number): Addition => ({
    series: u32(element, at),
    delta: element.getBigUint64(at + 8, true),
  });
  return memory.each(record, at, ADDITION, addition, 8);
}
