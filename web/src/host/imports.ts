// What a plugin can reach: `wit/host.wit` and `wit/meter.wit`. The twin of
// `collector/internal/plugin/imports.go`.

import { type Bounds, checkAdditions, checkLabels, labelBytes, lineBytes } from "../rust/web.js";
import { LIST, type Memory, asBytes, cut, utf8 } from "./memory.ts";
import { Crash, within } from "./stopped.ts";
import { type Addition, type Counter, type Host, LEVELS, type Limits } from "./types.ts";

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
  private readonly series: Series[] = [];
  private readonly numbers = new Map<string, number>();

  constructor(
    private readonly host: Host,
    private readonly limits: Limits,
    /** What all instances of the plugin share. */
    readonly bounds: Bounds,
  ) {}

  /** Starts the clock of one call. */
  begin(timeoutMillis: number): void {
    this.timeoutMillis = timeoutMillis;
    this.deadline = performance.now() + timeoutMillis;
  }

  /** As WebAssembly wants them. */
  object(): WebAssembly.Imports {
    return {
      "lapidary:processor/host@0.2.0": {
        log: (level: number, pointer: number, size: number) => this.log(level, pointer, size),
        secret: (pointer: number, size: number, answer: number) => this.secret(pointer, size, answer),
        "memory-limit": () => this.memoryLimit(),
        series: (name: number, nameSize: number, labels: number, count: number) =>
          this.numberOf(name, nameSize, labels, count),
      },
      "lapidary:processor/meter@0.2.0": { refill: () => this.refill() },
    };
  }

  /** Hands on what a call that ended well added to counters. What is outside the contract: nothing counts. */
  count(additions: Addition[]): void {
    const series = Uint32Array.from(additions, ({ series }) => series);
    const deltas = BigUint64Array.from(additions, ({ delta }) => delta);
    within(() => checkAdditions(series, deltas, this.series.length));
    for (const { series, delta } of additions.filter(({ delta }) => delta > 0n)) {
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
    this.checkTime();
    // The contract promises one at least; with none a plugin would ask for ever.
    return Math.max(this.limits.rounds, 1);
  }

  /** What a call of ours costs is no round of the plugin's. */
  private checkTime(): void {
    if (performance.now() >= this.deadline) {
      throw Crash.outOfTime(this.timeoutMillis);
    }
  }

  private memoryLimit(): bigint {
    this.checkTime();
    return BigInt(this.limits.memoryBytes);
  }

  private log(level: number, pointer: number, size: number): void {
    this.checkTime();
    const line = asBytes(this.guest.view(pointer, size >>> 0, 1));
    utf8(line, "a line of the log is not UTF-8");
    const word = LEVELS[Math.min(level >>> 0, LEVELS.length - 1)]!;
    // What nobody sees counts for nothing.
    const leftOut = word === "debug" ? "" : this.bounds.admit();
    if (leftOut === undefined) {
      return;
    }
    if (leftOut !== "") {
      this.host.log("warn", leftOut);
    }
    this.host.log(word, cut(line, lineBytes()));
  }

  private secret(pointer: number, size: number, answer: number): void {
    this.checkTime();
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
    this.checkTime();
    this.guest.begin();
    const name = utf8(asBytes(this.guest.view(namePointer, nameSize >>> 0, 1)), "a counter's name is not UTF-8");
    within(() => checkLabels(count >>> 0));
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
    this.checkNew(name, labels);
    this.numbers.set(key, this.series.length);
    return this.series.push({ name, labels }) - 1;
  }

  private checkNew(name: string, labels: [string, string][]): void {
    if (!this.counters.some((counter) => counter.name === name)) {
      throw Crash.contract(`counter \`${short(name)}\` is not in the manifest`);
    }
    within(() => this.bounds.enter(name, labels.flat()));
  }
}

/** A text of a label, cut where it is too long. */
function short(text: string): string {
  return cut(new TextEncoder().encode(text), labelBytes());
}
