// Sends the spans through the chain, as `crates/host/src/chain.rs` does.

import type { Desk } from "../desk/remote.ts";
import type { DeskCalls, Side, Step } from "../desk/messages.ts";
import type { Rows } from "../desk/told.ts";
import type { Processed } from "../host/plugin.ts";
import { Crash, Failure, deed } from "../host/stopped.ts";
import type { Configured } from "../host/types.ts";
import type { ChainPlugin } from "./plugin.ts";

/** The Collector's default, too. */
const MAX_VIEW_BYTES = 4 << 20;
/** How many batches may be on their way to the desk while the next one goes through. */
const MOST_ON_THE_WAY = 16;
const NANOS_PER_MILLI = 1_000_000n;
const NANOS_PER_HOUR = 3_600_000_000_000n;

export interface Plan {
  side: Side;
  /** How many batches of the input come. */
  batches: number;
  /** How long nothing comes after them. */
  silenceHours: number;
  /** Whether the state that the last run left is there at the beginning. */
  keepsState: boolean;
  /** A larger batch goes to a plugin in parts. */
  maxViewBytes?: number;
}

export interface Watcher {
  stop: AbortSignal;
  /** The share of the work that is done. */
  progress(share: number): void;
  /**
   * A batch is through, and this became of it; of an old chain nothing is told. `maker` is the place of the plugin
   * that made it, where it did not come.
   */
  through(way: number, rows: Rows | undefined, maker: number | undefined): void;
}

/** A run was stopped by its user. */
export class Stopped extends Error {}

/** Runs a plan with plugins that have just been configured, so that they know of nothing. `places` are their places in the whole chain. */
export async function run(desk: Desk, plugins: [number, ChainPlugin][], plan: Plan, watcher: Watcher): Promise<void> {
  const running = new Running(desk, plugins, plan, watcher);
  await running.begin(plan.keepsState);
  try {
    for (let index = 0; index < plan.batches; index++) {
      await running.batch(index, index + 1 < plan.batches);
      watcher.progress((index + 1) / (plan.batches + 1));
    }
    await running.silence(plan.silenceHours);
    await running.flush();
    await running.arrive();
  } finally {
    // Also after a stop: what is through is shown.
    await running.arrive().catch(() => undefined);
    plugins.forEach(([, plugin]) => plugin.tellCounters());
  }
}

class Running {
  private now = 0n;
  /** When each plugin was last asked for spans of its own making. */
  private readonly ticked = new Map<number, bigint>();
  private batches = 0;
  /** The batch that comes next, asked for while the one before it goes through. */
  private coming: Promise<DeskCalls["batch"][1]> | undefined;
  private readonly onTheWay: Promise<void>[] = [];
  /** Why a batch could not be told of. */
  private failure: Error | undefined;

  constructor(
    private readonly desk: Desk,
    private readonly plugins: [number, ChainPlugin][],
    private readonly plan: Plan,
    private readonly watcher: Watcher,
  ) {}

  async begin(keepsState: boolean): Promise<void> {
    for (const [, plugin] of this.plugins) {
      plugin.beginRun();
      if (keepsState) {
        await plugin.takeUp();
      } else {
        plugin.entries.clear();
      }
    }
    await this.desk.ask("begin", { side: this.plan.side, plugins: this.plugins.map(said) });
  }

  async batch(index: number, hasNext: boolean): Promise<void> {
    this.batches++;
    const { traces, latestEnd } = await (this.coming ?? this.desk.ask("batch", { index }));
    this.coming = hasNext ? this.desk.ask("batch", { index: index + 1 }) : undefined;
    this.now = latestEnd > this.now ? latestEnd : this.now;
    await this.pass(0, traces, { index });
    await this.tick();
  }

  /** Time goes on and nothing comes: each plugin is asked whenever its tick is due. */
  async silence(hours: number): Promise<void> {
    const end = this.now + BigInt(Math.round(hours * 1000)) * (NANOS_PER_HOUR / 1000n);
    const intervals = this.plugins.map(([, plugin]) => plugin.manifest.value!.tickIntervalMillis);
    const step = Math.min(...intervals.filter((interval) => interval > 0));
    while (this.now < end && Number.isFinite(step)) {
      const next = this.now + BigInt(step) * NANOS_PER_MILLI;
      this.now = next < end ? next : end;
      await this.tick();
    }
    this.now = end > this.now ? end : this.now;
  }

  /** Waits until the desk has everything. */
  async arrive(): Promise<void> {
    await Promise.all(this.onTheWay.splice(0));
    if (this.failure !== undefined) {
      throw this.failure;
    }
  }

  async flush(): Promise<void> {
    for (let at = 0; at < this.plugins.length; at++) {
      await this.make(at, "flush");
    }
  }

  private async tick(): Promise<void> {
    for (const [at, [place, plugin]] of this.plugins.entries()) {
      const interval = BigInt(plugin.manifest.value!.tickIntervalMillis) * NANOS_PER_MILLI;
      const last = this.ticked.get(place);
      const isDue = interval > 0n && last !== undefined && this.now >= last + interval;
      if (last === undefined || isDue) {
        this.ticked.set(place, this.now);
      }
      if (isDue) {
        await this.make(at, "tick");
      }
    }
  }

  private async make(at: number, call: "tick" | "flush"): Promise<void> {
    this.heed();
    const [maker, plugin] = this.plugins[at]!;
    const spans = await this.made(plugin, call);
    if (spans !== null && spans.length > 0 && !plugin.isShadow.value) {
      await this.pass(at + 1, spans, { maker });
    }
  }

  private async made(plugin: ChainPlugin, call: "tick" | "flush"): Promise<Uint8Array | null> {
    try {
      const { spans } = await plugin.ask("make", { call, now: this.now });
      await (call === "tick" ? plugin.save() : plugin.saveLast());
      return spans;
    } catch (error) {
      const lost = call === "tick" ? "spans of the plugin's own making were lost" : "the last spans of the plugin were lost";
      await this.fault(plugin, error as Error, lost);
      return null;
    }
  }

  /** Sends a batch through the plugins from this one on. */
  private async pass(from: number, traces: Uint8Array, { index, maker }: { index?: number; maker?: number }): Promise<void> {
    const steps: Step[] = [];
    let batch = traces;
    for (const [place, plugin] of this.plugins.slice(from)) {
      this.heed();
      const shadow = plugin.isShadow.value;
      const { step, next } = await this.step(place, plugin, batch);
      steps.push({ ...step, shadow });
      batch = shadow ? batch : next;
      if (batch.length === 0) {
        break;
      }
    }
    if (steps.length === 0) {
      // No plugin comes, or none after the one that made it: it is shown as it goes out.
      steps.push({ place: maker ?? 0, came: batch, went: batch, gone: new Uint8Array(), notes: [] });
    }
    const out = batch.length > 0 ? batch : undefined;
    const kept = this.desk.ask("keep", { side: this.plan.side, index, steps, out });
    const told = kept.then(({ way, rows }) => this.watcher.through(way, rows, maker));
    this.onTheWay.push(told.catch((error: Error) => void (this.failure ??= error)));
    if (this.onTheWay.length > MOST_ON_THE_WAY) {
      await this.onTheWay.shift();
    }
  }

  private async step(place: number, plugin: ChainPlugin, came: Uint8Array): Promise<{ step: Step; next: Uint8Array }> {
    try {
      const asked = { traces: came, now: this.now, noting: "looked", maxViewBytes: this.plan.maxViewBytes ?? MAX_VIEW_BYTES } as const;
      const processed = await plugin.ask("process", asked);
      await plugin.save();
      return taken(place, came, processed);
    } catch (error) {
      await this.fault(plugin, error as Error);
      const blocks = plugin.manifest.value!.onFailure === "block";
      const { went, gone } = await this.desk.ask("unprocessed", { side: this.plan.side, place, came, blocks });
      return { step: { place, came, went, gone, notes: [] }, next: went };
    }
  }

  /** Writes down what stopped a plugin, and which spans of its own were `lost` for it, and makes it ready for what comes. */
  private async fault(plugin: ChainPlugin, error: Error, lost?: string): Promise<void> {
    if (error instanceof Stopped) {
      throw error;
    }
    const what = error instanceof Failure || error instanceof Crash ? deed(error) : error.message;
    const message = lost === undefined ? what : `${lost}: ${what}`;
    plugin.faults.value = [...plugin.faults.value, { batch: this.batches, message, isOwn: lost !== undefined }];
    // After a failure the instance is still good.
    await (error instanceof Failure ? plugin.save() : plugin.resume());
  }

  private heed(): void {
    if (this.watcher.stop.aborted) {
      throw new Stopped("stopped");
    }
  }
}

function said([place, plugin]: [number, ChainPlugin]): [number, Configured] {
  const configured = plugin.configured.value;
  if (configured === undefined) {
    throw new Error(`${plugin.name}: found rules that it did not take; expected good ones`);
  }
  return [place, configured];
}

function taken(place: number, came: Uint8Array, processed: Processed): { step: Step; next: Uint8Array } {
  const { parts, output, traces, gone } = processed;
  const went = output === "unchanged" ? came : (traces ?? new Uint8Array());
  const notes = parts.map(({ start, end, outcome }) => ({ start, end, notes: outcome.notes }));
  const own = parts.flatMap(({ outcome }) => (outcome.spans === null ? [] : [outcome.spans]));
  return { step: { place, came, went, gone, notes }, next: joined([went, ...own]) };
}

/** OTLP messages one after the other are one with the spans of all. */
function joined(parts: Uint8Array[]): Uint8Array {
  if (parts.length === 1) {
    return parts[0]!;
  }
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
