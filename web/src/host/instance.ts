// One running plugin. The twin of `collector/internal/plugin/instance.go`.

import { Bounds, Growth, faultOfMade } from "../rust/web.js";
import { ENTRY, liftChanged, liftDamaged, liftMade, liftManifest, liftOutcome } from "./answers.ts";
import { type Configuring, liftConfiguring } from "./configured.ts";
import { Imports } from "./imports.ts";
import { LIST, Memory, type Realloc } from "./memory.ts";
import { CONTRACT, type Function, type Module } from "./module.ts";
import { Crash, Failure } from "./stopped.ts";
import {
  type Changed, DEFAULT_LIMITS, type Document, type Entry, type Host, type Limits, type Made, type Manifest, NOTING,
  type Noting, type Outcome,
} from "./types.ts";

/** What comes before the first batch may take this many times the time of another call. */
const START = 10;

type Exported = (...parameters: (number | bigint)[]) => number;

/** After a Crash it is of no use any more: every later call ends with the same one. */
export class Instance {
  readonly manifest: Manifest;
  private readonly imports: Imports;
  private readonly memory: Memory;
  private readonly exports: WebAssembly.Exports;
  private readonly growth = new Growth();
  private makesSpans = false;
  private dead: Crash | undefined;

  /** Starts an instance, which knows no rules yet. */
  constructor(
    module: Module,
    host: Host,
    private readonly limits: Limits = DEFAULT_LIMITS,
    bounds = new Bounds(),
  ) {
    this.imports = new Imports(host, limits, bounds);
    this.imports.begin(limits.timeoutMillis * START);
    try {
      this.exports = new WebAssembly.Instance(module.compiled, this.imports.object()).exports;
      this.memory = new Memory(this.exports.memory as WebAssembly.Memory, this.exports.cabi_realloc as Realloc);
      this.imports.memory = this.memory;
      (this.exports._initialize as (() => void) | undefined)?.();
    } catch (error) {
      throw Crash.of(error);
    }
    this.manifest = this.call("describe", () => [], (answer) => liftManifest(this.memory, answer));
    this.imports.counters = this.manifest.counters;
  }

  /** Hands over the rules, base first. Where they have problems, the instance is then of no use. */
  configure(documents: Document[]): Configuring {
    this.imports.configuring = true;
    try {
      const lower = () => [this.lowerDocuments(documents), documents.length];
      const answer = this.call("configure", lower, (answer) => liftConfiguring(this.memory, answer));
      this.makesSpans = "configured" in answer && answer.configured.writes.makes_spans === true;
      return answer;
    } finally {
      this.imports.configuring = false;
    }
  }

  /** Hands over the view of a batch. The answer counts only where `accept` does not throw. */
  process(view: Uint8Array, now: bigint, noting: Noting, accept: (outcome: Outcome) => void): Outcome {
    this.growth.beginBatch(this.memoryBytes);
    this.imports.bounds.at(now);
    const lower = () => [this.memory.lower(view), view.length, now, NOTING.indexOf(noting)];
    const lift = (answer: number) => liftOutcome(this.memory, answer);
    return this.call("process", lower, lift, (outcome) => {
      this.checkSpans(outcome);
      accept(outcome);
      this.imports.count(outcome.additions);
    });
  }

  /** Lets the plugin make spans; `flush` its last ones. */
  make(call: "tick" | "flush", now: bigint): Made {
    this.imports.bounds.at(now);
    const lift = (answer: number) => liftMade(this.memory, answer, call);
    return this.call(call, () => [now], lift, (made) => {
      this.checkSpans(made);
      this.imports.count(made.additions);
    });
  }

  /** What changed of the state since it was asked for last, at most about so many bytes. */
  changes(maxBytes: number): Changed {
    return this.call("changes", () => [maxBytes], (answer) => liftChanged(this.memory, answer));
  }

  /** Hands over entries that an instance of this version told. Gives how many were damaged. */
  load(version: number, entries: Entry[]): number {
    const lower = () => [version, this.lowerEntries(entries), entries.length];
    return this.call("load", lower, (answer) => liftDamaged(this.memory, answer));
  }

  /** What is said where another instance should go on with less memory. */
  get outgrown(): string | undefined {
    return this.growth.outgrown(this.memoryBytes, this.limits.memoryBytes);
  }

  /** How large the plugin's memory has become. */
  private get memoryBytes(): number {
    return (this.exports.memory as WebAssembly.Memory).buffer.byteLength;
  }

  private checkSpans({ spans }: Made): void {
    if (spans !== null && !this.makesSpans) {
      throw Crash.contract("made spans, which `configure` did not name");
    }
    const fault = spans === null ? undefined : faultOfMade(spans);
    if (fault !== undefined) {
      throw Crash.contract(fault);
    }
  }

  private call<T>(
    name: Function,
    lower: () => (number | bigint)[],
    lift: (answer: number) => T,
    accept: (lifted: T) => void = () => {},
  ): T {
    if (this.dead !== undefined) {
      throw this.dead;
    }
    const isStart = name === "describe" || name === "configure" || name === "load";
    this.imports.begin(this.limits.timeoutMillis * (isStart ? START : 1));
    try {
      const parameters = lower();
      const answer = this.exported(name)(...parameters);
      const lifted = this.lifted(name, answer, lift);
      accept(lifted);
      return lifted;
    } catch (error) {
      if (error instanceof Failure) {
        throw error;
      }
      this.dead = Crash.of(error);
      throw this.dead;
    }
  }

  /** Lifts an answer, then gives its memory back to the plugin, also that of a failure. */
  private lifted<T>(name: Function, answer: number, lift: (answer: number) => T): T {
    this.memory.begin();
    let failure: Failure | undefined;
    let lifted: T | undefined;
    try {
      lifted = lift(answer);
    } catch (error) {
      if (!(error instanceof Failure)) {
        throw error;
      }
      failure = error;
    }
    (this.exports[`cabi_post_${CONTRACT}#${name}`] as ((answer: number) => void) | undefined)?.(answer);
    if (failure !== undefined) {
      throw failure;
    }
    return lifted as T;
  }

  private exported(name: Function): Exported {
    return this.exports[`${CONTRACT}#${name}`] as Exported;
  }

  private lowerDocuments(documents: Document[]): number {
    const table = this.memory.allocate(documents.length * 2 * LIST, 4);
    documents.forEach(({ name, text }, index) => {
      this.memory.lowerTextAt(table + index * 2 * LIST, name);
      this.memory.lowerTextAt(table + index * 2 * LIST + LIST, text);
    });
    return table;
  }

  private lowerEntries(entries: Entry[]): number {
    const table = this.memory.allocate(entries.length * ENTRY, 4);
    entries.forEach(({ key, value, belongsTo }, index) => {
      const at = table + index * ENTRY;
      this.memory.lowerAt(at, key);
      this.memory.view(at + LIST, 1, 1).setUint8(0, value === null ? 0 : 1);
      if (value !== null) {
        this.memory.lowerAt(at + 12, value);
      }
      this.memory.lowerAt(at + 20, belongsTo);
    });
    return table;
  }
}
