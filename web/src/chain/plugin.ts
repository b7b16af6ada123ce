// One plugin of the chain: its file, its rules, and what it says of them.

import { type Signal, signal } from "@preact/signals";

import type { Member } from "../desk/findings.ts";
import type { Calls } from "../host/messages.ts";
import { RemotePlugin } from "../host/remote.ts";
import { Crash, Failure, deed } from "../host/stopped.ts";
import { type Configured, DEFAULT_LIMITS, type Document, type Level, type Manifest, type Problem, type Variables } from "../host/types.ts";
import { Entries, PIECE } from "./entries.ts";

/** A document of rules, with what is written in it now. */
export interface Rules {
  name: string;
  text: Signal<string>;
}

/** What stopped a plugin at a batch. */
export interface Fault {
  batch: number;
  message: string;
  /** Whether it was asked for spans of its own making, and none of the batch is at fault. */
  isOwn: boolean;
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
  /** Its state. */
  readonly entries: Entries;

  private remote: RemotePlugin | undefined;
  /** What is said where another instance should go on with less memory. */
  private outgrown: string | undefined;
  /** How many entries were told that are not kept, and from how many on that is said again. */
  private exceeded = 0;
  private nextSaid = 1;
  private queue: Promise<unknown> = Promise.resolve();
  private readonly sums = new Map<string, bigint>();

  constructor(
    readonly name: string,
    readonly file: Uint8Array,
    readonly digest: string,
    rules: { name: string; text: string }[],
    secrets: string[] = [],
    private readonly limits = DEFAULT_LIMITS,
  ) {
    this.entries = new Entries(limits.stateBytes);
    this.rules = signal(rules.map(({ name, text }) => ({ name, text: signal(text) })));
    this.secrets = signal(new Map(secrets.map((name) => [name, ""])));
  }

  get documents(): Document[] {
    return this.rules.value.map(({ name, text }) => ({ name, text: text.value }));
  }

  /** Another plugin from the same file, with rules of its own. */
  copy(documents: Document[]): ChainPlugin {
    const copy = new ChainPlugin(this.name, this.file, this.digest, documents, [], this.limits);
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

  /**
   * Starts the plugin where it does not run, gives it its rules, and says whether it took them. `again`: they are those that
   * it had.
   */
  configure(again = false): Promise<boolean> {
    return this.inTurn(async () => {
      const documents = this.documents;
      try {
        const remote = await this.running();
        const answer = await remote.ask("configure", { documents, variables: variables.value, again });
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

  /** Asks the running plugin. After a crash there is another with `resume`. */
  async ask<C extends "process" | "make" | "changes" | "load">(call: C, asked: Calls[C][0]): Promise<Calls[C][1]> {
    const answer = await (await this.running()).ask(call, asked);
    if (typeof answer === "object" && "outgrown" in answer) {
      this.outgrown = answer.outgrown;
    }
    return answer;
  }

  /** A new instance with the state so far takes the place of one that is gone. */
  async resume(): Promise<void> {
    this.outgrown = undefined;
    if (await this.configure(true)) {
      await this.takeUp();
    }
  }

  /** Hands over the state that was kept. An instance that cannot take it goes on without. */
  async takeUp(): Promise<void> {
    try {
      await this.handOver();
    } catch (error) {
      const state = `the state that was kept, ${this.entries.count} entries, cannot be taken over`;
      this.say("error", `${state}, the plugin goes on without it: ${deed(stopped(error))}`);
      this.entries.clear();
      await this.configure(true);
    }
  }

  /** Keeps what changed of the state, so that a crash costs one call; and lets an instance go that takes too much memory. */
  async save(): Promise<void> {
    try {
      await this.keepEntries();
    } catch (error) {
      this.say("error", `what changed of the state was not told: ${deed(stopped(error))}`);
      await this.resume();
    }
    if (this.outgrown !== undefined) {
      this.say("info", this.outgrown);
      await this.resume();
    }
  }

  /** Keeps what its last spans left. What it does not tell no batch will miss. */
  async saveLast(): Promise<void> {
    await this.keepEntries().catch(stopped);
  }

  say(level: Level, message: string): void {
    this.log.value = [...this.log.value.slice(-99), `${level}: ${message}`];
  }

  /** Forgets what the last run left: counts, faults, log. */
  beginRun(): void {
    this.sums.clear();
    this.faults.value = [];
    this.log.value = [];
    [this.exceeded, this.nextSaid] = [0, 1];
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

  private async handOver(): Promise<void> {
    const version = this.manifest.value?.stateVersion ?? 0;
    if (version === 0 || this.entries.count === 0) {
      return;
    }
    let damaged = 0;
    for (const entries of this.entries.pieces()) {
      damaged += await this.ask("load", { version, entries });
    }
    if (damaged > 0) {
      this.say("error", `damaged entries of the state, which are left out: ${damaged}`);
    }
    await this.keepEntries();
  }

  private async keepEntries(): Promise<void> {
    if (this.manifest.value?.stateVersion === 0) {
      return;
    }
    // Who tells more than twice what it can hold will not come to an end; what is kept of it is another limit.
    const most = Math.floor((2 * this.limits.memoryBytes) / PIECE) + 2;
    const before = this.exceeded;
    let more = true;
    for (let piece = 0; piece < most && more; piece++) {
      const changed = await this.ask("changes", { maxBytes: PIECE });
      this.exceeded += this.entries.take(changed.entries);
      ({ more } = changed);
    }
    if (this.exceeded > before && this.exceeded >= this.nextSaid) {
      this.sayExceeded();
    }
    if (more) {
      throw Crash.contract("told changes without end");
    }
  }

  /** Says that some is not kept; again when it is ten times as many. */
  private sayExceeded(): void {
    const kept = `entries told that are not kept beside the plugin: ${this.exceeded}`;
    this.say("warn", `the state takes more than ${this.limits.stateBytes >> 20} MiB: ${kept}`);
    this.nextSaid = this.exceeded * 10;
  }

  private async running(): Promise<RemotePlugin> {
    if (this.remote !== undefined && !this.remote.hasEnded) {
      return this.remote;
    }
    const host = {
      log: (level: Level, message: string) => this.say(level, message),
      count: (name: string, labels: [string, string][], delta: bigint) => this.add(name, labels, delta),
    };
    const remote = await RemotePlugin.start(host, this.limits);
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
  if (error instanceof Failure || error instanceof Crash) {
    const found = `a plugin that, while it read the rules, ${deed(error)}`;
    return { document, line: 0, path: "", found, expected: "an answer" };
  }
  return { document, line: 0, path: "", found: error.message.replace(/^found /, ""), expected: "" };
}

/** What stopped a plugin; whatever else went wrong is thrown on. */
function stopped(error: unknown): Failure | Crash {
  if (error instanceof Failure || error instanceof Crash) {
    return error;
  }
  throw error;
}
