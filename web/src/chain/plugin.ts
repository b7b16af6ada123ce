// One plugin of the chain: its file, its rules, and what it says of them.

import { type Signal, signal } from "@preact/signals";

import type { Member } from "../desk/findings.ts";
import { RemotePlugin } from "../host/remote.ts";
import { Crash } from "../host/stopped.ts";
import type { Configured, Document, Entry, Manifest, Problem, Variables } from "../host/types.ts";

/** A document of rules, with what is written in it now. */
export interface Rules {
  name: string;
  text: Signal<string>;
}

/** What stopped a plugin at a batch. */
export interface Fault {
  batch: number;
  message: string;
}

/** What the page's server told of variables; nothing where there is none. */
export const variables = signal<Variables | undefined>(undefined);

let made = 0;

export class ChainPlugin {
  readonly id = made++;
  readonly isOn = signal(true);
  /** Whether it runs in the shadow: what it makes of a batch is shown, and dropped. */
  readonly isShadow = signal(false);
  readonly manifest = signal<Manifest | undefined>(undefined);
  /** Why the file is no plugin. */
  readonly unfit = signal<string | undefined>(undefined);
  readonly rules: Signal<Rules[]>;
  readonly problems = signal<Problem[]>([]);
  readonly configured = signal<Configured | undefined>(undefined);
  /** The rules that it took, with values in place of variables. */
  readonly taken = signal<Document[]>([]);
  readonly faults = signal<Fault[]>([]);
  readonly log = signal<string[]>([]);
  /** Sums of its counters, by name and labels as Prometheus writes them. */
  readonly counters = signal(new Map<string, bigint>());
  /** Names of secrets that its rules ask for, as far as somebody said so, with what was typed in. */
  readonly secrets: Signal<Map<string, string>>;
  /** Its state, key by key in hexadecimal. */
  entries = new Map<string, Entry>();

  private remote: RemotePlugin | undefined;
  private queue: Promise<unknown> = Promise.resolve();
  private readonly sums = new Map<string, bigint>();

  constructor(
    readonly name: string,
    readonly file: Uint8Array,
    readonly digest: string,
    rules: { name: string; text: string }[],
    secrets: string[] = [],
  ) {
    this.rules = signal(rules.map(({ name, text }) => ({ name, text: signal(text) })));
    this.secrets = signal(new Map(secrets.map((name) => [name, ""])));
  }

  get documents(): Document[] {
    return this.rules.value.map(({ name, text }) => ({ name, text: text.value }));
  }

  /** Another plugin from the same file, with rules of its own. */
  copy(documents: Document[]): ChainPlugin {
    const copy = new ChainPlugin(this.name, this.file, this.digest, documents);
    copy.isShadow.value = this.isShadow.value;
    copy.secrets.value = new Map(this.secrets.value);
    return copy;
  }

  /** As a report names it; only with good rules. */
  get member(): Member {
    const { name, digest } = this;
    const documents = this.taken.value;
    return { name, version: this.manifest.value?.version ?? "", sha256: digest, configured: this.configured.value!, documents, shadow: this.isShadow.value };
  }

  /** Starts the plugin where it does not run, gives it its rules, and says whether it took them. */
  configure(): Promise<boolean> {
    return this.inTurn(async () => {
      const documents = this.documents;
      try {
        const remote = await this.running();
        const answer = await remote.ask("configure", { documents, variables: variables.value });
        this.problems.value = "problems" in answer ? answer.problems : [];
        this.configured.value = "problems" in answer ? undefined : answer.configured;
        this.taken.value = "problems" in answer ? [] : answer.documents;
        return "configured" in answer;
      } catch (error) {
        this.configured.value = undefined;
        this.problems.value = this.unfit.value === undefined ? [whole(documents[0]?.name ?? "", error as Error)] : [];
        return false;
      }
    });
  }

  /** Asks the running plugin. After a crash it does not run, and its state is that of the call before. */
  async ask<C extends "process" | "make" | "changes" | "load">(call: C, asked: Parameters<typeof RemotePlugin.prototype.ask<C>>[1]) {
    try {
      return await (await this.running()).ask(call, asked);
    } catch (error) {
      if (error instanceof Crash) {
        this.end();
      }
      throw error;
    }
  }

  /** A new instance with the state so far takes the place of one that is gone. */
  async resume(): Promise<void> {
    if (await this.configure()) {
      await this.loadEntries();
    }
  }

  /** Hands over the state that was kept. Says how many entries were damaged. */
  async loadEntries(): Promise<number> {
    const version = this.manifest.value?.stateVersion ?? 0;
    return version === 0 ? 0 : this.ask("load", { version, entries: [...this.entries.values()] });
  }

  /** Keeps what changed of the state. */
  async keepEntries(): Promise<void> {
    if (this.manifest.value?.stateVersion === 0) {
      return;
    }
    for (let more = true; more; ) {
      const changed = await this.ask("changes", { maxBytes: 1 << 20 });
      changed.entries.forEach((entry) => this.keepEntry(entry));
      more = changed.more;
    }
  }

  /** Forgets what the last run left: counts, faults, log. */
  beginRun(): void {
    this.sums.clear();
    this.faults.value = [];
    this.log.value = [];
    this.tellCounters();
  }

  tellCounters(): void {
    this.counters.value = new Map(this.sums);
  }

  /** Ends the worker, whatever it does. */
  end(): void {
    this.remote?.end();
    this.remote = undefined;
  }

  private keepEntry(entry: Entry): void {
    const key = [...entry.key].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    if (entry.value === null) {
      this.entries.delete(key);
    } else {
      this.entries.set(key, entry);
    }
  }

  private async running(): Promise<RemotePlugin> {
    if (this.remote !== undefined && !this.remote.hasEnded) {
      return this.remote;
    }
    const remote = await RemotePlugin.start({
      log: (level, message) => {
        this.log.value = [...this.log.value.slice(-99), `${level}: ${message}`];
      },
      count: (name, labels, delta) => this.add(name, labels, delta),
    });
    this.remote = remote;
    try {
      this.manifest.value = await remote.open(this.file, secretBytes(this.secrets.value));
      this.unfit.value = undefined;
    } catch (error) {
      this.unfit.value = (error as Error).message;
      this.end();
      throw error;
    }
    return remote;
  }

  private add(name: string, labels: [string, string][], delta: bigint): void {
    const written = labels.map(([key, value]) => `${key}="${value}"`).sort();
    const key = written.length === 0 ? name : `${name}{${written.join(",")}}`;
    this.sums.set(key, (this.sums.get(key) ?? 0n) + delta);
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const next = this.queue.then(work, work);
    this.queue = next.catch(() => undefined);
    return next;
  }
}

/** Secrets as they are typed in: their text is the secret's bytes. */
function secretBytes(typed: Map<string, string>): Map<string, Uint8Array> {
  const given = [...typed].filter(([, text]) => text !== "");
  return new Map(given.map(([name, text]) => [name, new TextEncoder().encode(text)]));
}

/** What is wrong with all of the rules, at no line. */
function whole(document: string, error: Error): Problem {
  return { document, line: 0, path: "", found: error.message.replace(/^found /, ""), expected: "" };
}
