// What a plugin can reach: `wit/host.wit` and `wit/meter.wit`. The twin of
// `collector/internal/plugin/imports.go`.

import { Lines } from "./lines.ts";
import { LIST, MAX_LINE_BYTES, type Memory, asBytes, utf8, whole } from "./memory.ts";
import { Crash } from "./stopped.ts";
import { type Addition, type Counter, type Host, LEVELS, type Limits } from "./types.ts";

/** Labels come from the rules, so a plugin that has more series is broken. */
const MAX_SERIES = 1000;

const MAX_LABELS = 16;

/** The longest key or value of a label, in bytes; the rest is cut. */
const MAX_LABEL_BYTES = 256;

const LABEL = 2 * LIST;
const SECRET = 12;

interface Series {
  name: string;
  labels: [string, string][];
}

export class Imports {
  /** The plugin's memory, from when there is one. */
  memory: Memory | undefined;
  /** Secrets are given out in `configure` only. */
  configuring = false;
  /** Those that the manifest names. */
  counters: Counter[] = [];
  private deadline = 0;
  private timeoutMillis = 0;
  private readonly lines = new Lines();
  private readonly series: Series[] = [];
  private readonly numbers = new Map<string, number>();

  constructor(
    private readonly host: Host,
    private readonly limits: Limits,
  ) {}

  /** Starts the clock of one call. */
  begin(timeoutMillis: number): void {
    this.timeoutMillis = timeoutMillis;
    this.deadline = performance.now() + timeoutMillis;
  }

  /** Takes in what time a call is told, in nanoseconds since 1970. */
  at(now: bigint): void {
    this.lines.at(now);
  }

  /** As WebAssembly wants them. */
  object(): WebAssembly.Imports {
    return {
      "lapidary:processor/host@0.2.0": {
        log: (level: number, pointer: number, size: number) => this.log(level, pointer, size),
        secret: (pointer: number, size: number, answer: number) => this.secret(pointer, size, answer),
        "memory-limit": () => BigInt(this.limits.memoryBytes),
        series: (name: number, nameSize: number, labels: number, count: number) =>
          this.numberOf(name, nameSize, labels, count),
      },
      "lapidary:processor/meter@0.2.0": { refill: () => this.refill() },
    };
  }

  /** Hands on what a call that ended well added to counters. A series that nobody asked for: nothing counts. */
  count(additions: Addition[]): void {
    const known = this.series.length;
    const stray = additions.find((addition) => addition.series >= known);
    if (stray !== undefined) {
      throw Crash.contract(`added to series ${stray.series}; it has ${known}`);
    }
    for (const { series, delta } of additions) {
      const { name, labels } = this.series[series]!;
      this.host.count(name, labels, delta);
    }
  }

  private get guest(): Memory {
    if (this.memory === undefined) {
      throw Crash.contract("called its host before it was there");
    }
    return this.memory;
  }

  private refill(): number {
    if (performance.now() >= this.deadline) {
      throw Crash.outOfTime(this.timeoutMillis);
    }
    return this.limits.rounds;
  }

  private log(level: number, pointer: number, size: number): void {
    const line = asBytes(this.guest.view(pointer, size >>> 0, 1));
    utf8(line, "a line of the log is not UTF-8");
    const word = LEVELS[Math.min(level >>> 0, LEVELS.length - 1)]!;
    // What nobody sees counts for nothing.
    const { isAdmitted, before } = word === "debug" ? { isAdmitted: true, before: undefined } : this.lines.admit();
    if (before !== undefined) {
      this.host.log("warn", before);
    }
    if (isAdmitted) {
      this.host.log(word, new TextDecoder().decode(line.subarray(0, whole(line, MAX_LINE_BYTES))));
    }
  }

  private secret(pointer: number, size: number, answer: number): void {
    const name = utf8(asBytes(this.guest.view(pointer, size >>> 0, 1)), "a secret's name is not UTF-8");
    const value = this.configuring ? this.host.secret(name) : undefined;
    const at = value === undefined ? 0 : this.guest.lower(value);
    const record = this.guest.view(answer, SECRET, 4);
    record.setUint8(0, value === undefined ? 0 : 1);
    if (value !== undefined) {
      record.setUint32(4, at, true);
      record.setUint32(8, value.length, true);
    }
  }

  private numberOf(namePointer: number, nameSize: number, labelsPointer: number, count: number): number {
    this.guest.begin();
    const name = utf8(asBytes(this.guest.view(namePointer, nameSize >>> 0, 1)), "a counter's name is not UTF-8");
    if (count >>> 0 > MAX_LABELS) {
      throw Crash.contract(`a series has ${count >>> 0} labels; expected at most ${MAX_LABELS}`);
    }
    const size = (count >>> 0) * LABEL;
    const table = this.guest.view(labelsPointer, size, 4);
    const labels: [string, string][] = [];
    for (let at = 0; at < size; at += LABEL) {
      labels.push([short(this.guest.text(table, at)), short(this.guest.text(table, at + LIST))]);
    }
    const key = JSON.stringify([name, labels]);
    const known = this.numbers.get(key);
    if (known !== undefined) {
      return known;
    }
    this.checkNew(name);
    this.numbers.set(key, this.series.length);
    return this.series.push({ name, labels }) - 1;
  }

  private checkNew(name: string): void {
    if (!this.counters.some((counter) => counter.name === name)) {
      throw Crash.contract(`counter \`${short(name)}\` is not in the manifest`);
    }
    if (this.series.length === MAX_SERIES) {
      throw Crash.contract(`counters have more than ${MAX_SERIES} sets of labels`);
    }
  }
}

/** A text of a label, cut where it is too long. */
function short(text: string): string {
  const bytes = new TextEncoder().encode(text);
  return bytes.length <= MAX_LABEL_BYTES
    ? text
    : new TextDecoder().decode(bytes.subarray(0, whole(bytes, MAX_LABEL_BYTES)));
}
