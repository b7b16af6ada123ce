// Plugins in workers, as a page has them.

import { RemotePlugin } from "../../src/host/remote.ts";
import { Crash, Failure } from "../../src/host/stopped.ts";
import { DEFAULT_LIMITS, type Level } from "../../src/host/types.ts";
import { toJson, toProtobuf } from "../../src/rust/web.js";
import { load } from "./shared.ts";

const SPAN = { traceId: "5b8efff798038103d269b633813fc60c", spanId: "eee19b7ec3c1b174", name: "greet" };
const BATCH = JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [SPAN] }] }] });

export interface Ended {
  what: string;
  afterMillis: number;
  /** What another plugin answered meanwhile, or afterwards. */
  next: string;
}

/** A plugin by these rules gets a batch; then another one gets it. `isBlind`: its meter counts for ever. */
export async function misbehaves(does: string, timeoutMillis: number, isBlind: boolean): Promise<Ended> {
  const rounds = isBlind ? 2 ** 31 - 1 : 100_000;
  const bad = await started("misbehaving", `does: ${does}\n`, { ...DEFAULT_LIMITS, timeoutMillis, rounds });
  const begun = performance.now();
  const what = await spoken(bad.ask("process", { traces: toProtobuf(BATCH), now: 1n, noting: "off" }));
  const afterMillis = performance.now() - begun;
  const next = await spoken(bad.ask("process", { traces: toProtobuf(BATCH), now: 2n, noting: "off" }));
  bad.end();
  return { what, afterMillis, next };
}

/** A batch through a plugin by these rules: what went, and what differs. */
export async function through(name: string, rules: string, json: string): Promise<{ went: string; differences: object; told: string }> {
  const plugin = await started(name, rules);
  const traces = toProtobuf(json);
  const processed = await plugin.ask("process", { traces, now: 1_772_442_000_000_000_000n, noting: "acts" });
  plugin.end();
  return { went: toJson(processed.traces ?? traces), differences: processed.differences, told: processed.told };
}

/** What a plugin that asks for a secret says of rules, with and without it; and what it counts of a batch. */
export async function asksForASecret(): Promise<{ without: unknown; with: unknown; counted: string[] }> {
  const counted: string[] = [];
  const count = (name: string, labels: [string, string][], delta: bigint) =>
    void counted.push(`${name} ${JSON.stringify(labels)} ${typeof delta} ${delta}`);
  const plugin = new RemotePlugin({ ...silent, count });
  const file = await load("plugins/misbehaving.wasm");
  const documents = [{ name: "rules.yaml", text: "secret: key\n" }];
  await plugin.open(file);
  const without = await plugin.ask("configure", { documents });
  await plugin.open(file, new Map([["key", Uint8Array.of(7)]]));
  const answer = await plugin.ask("configure", { documents });
  await plugin.ask("process", { traces: toProtobuf(BATCH), now: 1n, noting: "off" });
  plugin.end();
  return { without, with: Object.keys(answer), counted };
}

/** Whether a plugin that tells changes without end says that there are more. */
export async function tellsMore(): Promise<boolean> {
  const plugin = await started("misbehaving", "does: repeat\nduring: changes\n");
  const { more } = await plugin.ask("changes", { maxBytes: 1 << 20 });
  plugin.end();
  return more;
}

/** What is said of a file that is no plugin. */
export async function opens(bytes: number[]): Promise<string> {
  const plugin = new RemotePlugin(silent);
  const what = await spoken(plugin.open(Uint8Array.from(bytes)));
  plugin.end();
  return what;
}

const silent = { log: (_: Level, __: string) => {}, count: () => {} };

async function started(name: string, rules: string, limits = DEFAULT_LIMITS): Promise<RemotePlugin> {
  const plugin = new RemotePlugin(silent, limits, 300);
  await plugin.open(await load(`plugins/${name}.wasm`));
  const answer = await plugin.ask("configure", { documents: [{ name: "rules.yaml", text: rules }] });
  if ("problems" in answer) {
    throw new Error(JSON.stringify(answer.problems));
  }
  return plugin;
}

async function spoken(answer: Promise<unknown>): Promise<string> {
  try {
    await answer;
    return "answered";
  } catch (error) {
    return error instanceof Crash || error instanceof Failure ? `${error.name}: ${error.message}` : (error as Error).message;
  }
}
