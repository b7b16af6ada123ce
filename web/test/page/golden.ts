// Replays one file of the golden corpus (`crates/cases/src/golden.rs`), as
// `collector/internal/plugin/golden_test.go` does on wazero.

import { type Module, compile } from "../../src/host/module.ts";
import { Plugin } from "../../src/host/plugin.ts";
import { Crash, Failure } from "../../src/host/stopped.ts";
import {
  type Configured, DEFAULT_LIMITS, type Document, type Entry, type Host, type Noting, type Problem,
} from "../../src/host/types.ts";
import { isOtlp } from "../../src/rust/web.js";
import { Differences, base64, fromBase64, load } from "./shared.ts";

interface GoldenEntry {
  key: string;
  value: string | null;
  belongs_to: string;
}

interface Answer {
  edits?: string;
  notes?: string;
  spans?: string | null;
  traces?: string | null;
  entries?: GoldenEntry[];
  more?: boolean;
  damaged?: number;
}

interface Call {
  call: "configure" | "process" | "tick" | "flush" | "changes" | "load";
  documents: Document[];
  configured?: Configured;
  problems?: Problem[];
  traces: string;
  view: string;
  now_unix_nanos: string;
  noting?: Noting;
  version: number;
  max_bytes: number;
  entries: GoldenEntry[];
  answer?: Answer;
  result?: { output: string; traces?: string; counts: object };
  failure?: string;
}

interface Golden {
  plugin: string;
  secrets: { [name: string]: string };
  calls: Call[];
  counters: { name: string; labels: { [key: string]: string }; sum: string }[];
  log: object[];
}

const modules = new Map<string, Promise<Module>>();

/** Replays a file, with the clock looked at after so many rounds. Gives what differs, in words. */
export async function replay(file: string, rounds: number): Promise<string[]> {
  const { golden, module } = await opened(file);
  return new Replay(golden, module, rounds).run();
}

/** How many entries a plugin calls damaged: of those of a file, first as gone, then with no bytes as their values. */
export async function damaged(file: string): Promise<{ entries: number; gone: number; empty: number }> {
  const { golden, module } = await opened(file);
  const replay = new Replay(golden, module, DEFAULT_LIMITS.rounds);
  const told = golden.calls.flatMap((call) => (call.answer?.entries ?? []).map(read));
  const after = (value: Uint8Array | null) => replay.load(told.map((entry) => ({ ...entry, value })));
  return { entries: told.length, gone: after(null), empty: after(new Uint8Array()) };
}

async function opened(file: string): Promise<{ golden: Golden; module: Module }> {
  const golden = JSON.parse(new TextDecoder().decode(await load(`golden/${file}`))) as Golden;
  let module = modules.get(golden.plugin);
  if (module === undefined) {
    module = load(`plugins/${golden.plugin}.wasm`).then((file) => compile(file));
    modules.set(golden.plugin, module);
  }
  return { golden, module: await module };
}

class Replay {
  private readonly differs = new Differences();
  private readonly log: object[] = [];
  private readonly counters = new Map<string, bigint>();
  private plugin: Plugin | undefined;
  private readonly host: Host;

  constructor(
    private readonly golden: Golden,
    private readonly module: Module,
    private readonly rounds: number,
  ) {
    this.host = {
      log: (level, message) => this.log.push({ level, message }),
      secret: (name) => (golden.secrets[name] === undefined ? undefined : fromBase64(golden.secrets[name])),
      count: (name, labels, delta) => {
        const key = JSON.stringify([name, labels.toSorted()]);
        this.counters.set(key, (this.counters.get(key) ?? 0n) + delta);
      },
    };
  }

  run(): string[] {
    this.golden.calls.forEach((call, number) => {
      this.differs.step = `${number} ${call.call}`;
      try {
        this.replay(call);
        this.differs.compare("failure", undefined, call.failure);
      } catch (error) {
        this.stopped(error, call);
      }
    });
    this.differs.step = "host";
    this.differs.compare("log", this.log, this.golden.log);
    const sums = this.golden.counters.map(({ name, labels, sum }) => [
      JSON.stringify([name, Object.entries(labels).toSorted()]), sum,
    ]);
    this.differs.compare("counters", [...this.counters].map(([key, sum]) => [key, sum.toString()]).toSorted(), sums.toSorted());
    return this.differs.found;
  }

  /** Hands entries over to an instance by the first rules. */
  load(entries: Entry[]): number {
    this.configure(this.golden.calls[0]!);
    const { instance } = this.there();
    return instance.load(instance.manifest.stateVersion, entries);
  }

  private stopped(error: unknown, call: Call): void {
    if (error instanceof Failure) {
      this.differs.compare("failure", error.message, call.failure);
    } else if (!(error instanceof Crash) || call.answer !== undefined || call.failure !== undefined) {
      this.differs.found.push(`${this.differs.step}: ${String(error)}`);
    }
  }

  private replay(call: Call): void {
    const now = BigInt(call.now_unix_nanos ?? 0);
    switch (call.call) {
      case "configure":
        return this.configure(call);
      case "process":
        return this.process(call, now);
      case "tick":
      case "flush": {
        const { spans } = this.there().instance.make(call.call, now);
        return this.differs.compare("spans", spans && base64(spans), call.answer?.traces);
      }
      case "changes": {
        const { entries, more } = this.there().instance.changes(call.max_bytes);
        return this.differs.compare("changes", { entries: entries.map(written), more }, call.answer);
      }
      case "load": {
        const damaged = this.there().instance.load(call.version, call.entries.map(read));
        return this.differs.compare("damaged", damaged, call.answer?.damaged);
      }
    }
  }

  private configure(call: Call): void {
    const limits = { ...DEFAULT_LIMITS, timeoutMillis: 60_000, rounds: this.rounds };
    const started = Plugin.start(this.module, call.documents, this.host, limits);
    if (started instanceof Plugin) {
      this.plugin = started;
      this.differs.compare("problems", undefined, call.problems);
      this.differs.compare("configured", started.configured, call.configured);
    } else {
      this.differs.compare("problems", started, call.problems);
    }
  }

  /** A batch that cannot be decoded never reaches a plugin here: of that the view is handed over as it stands. */
  private process(call: Call, now: bigint): void {
    const traces = fromBase64(call.traces);
    const noting = call.noting ?? "off";
    if (!isOtlp(traces)) {
      this.there().instance.process(fromBase64(call.view), now, noting, () => {});
      return;
    }
    const processed = this.there().process(traces, now, noting);
    const [part] = processed.parts;
    const { edits, notes, spans } = part!.outcome;
    this.differs.compare("parts", processed.parts.length, 1);
    this.differs.compare("view", base64(part!.view), call.view);
    this.differs.compare("edits", base64(edits), call.answer?.edits);
    this.differs.compare("notes", base64(notes), call.answer?.notes ?? "");
    this.differs.compare("spans", spans && base64(spans), call.answer?.spans);
    this.differs.compare("counts", processed.counts, call.result?.counts);
    this.differs.compare("output", processed.output, call.result?.output);
    this.differs.compare("traces", processed.traces && base64(processed.traces), call.result?.traces);
  }

  private there(): Plugin {
    if (this.plugin === undefined) {
      throw new Error("found no plugin; expected one that has read its rules");
    }
    return this.plugin;
  }
}

function read({ key, value, belongs_to }: GoldenEntry): Entry {
  return { key: fromBase64(key), value: value === null ? null : fromBase64(value), belongsTo: fromBase64(belongs_to) };
}

function written({ key, value, belongsTo }: Entry): GoldenEntry {
  return { key: base64(key), value: value === null ? null : base64(value), belongs_to: base64(belongsTo) };
}
