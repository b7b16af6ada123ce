// Plugins in workers, as a page has them.

import { Desk } from "../../src/desk/remote.ts";
import type { Details, Rows, Why } from "../../src/desk/told.ts";
import { RemotePlugin } from "../../src/host/remote.ts";
import { Crash, Failure } from "../../src/host/stopped.ts";
import { type Configured, DEFAULT_LIMITS, type Level } from "../../src/host/types.ts";
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

/** A batch through a plugin by these rules: what went, what became of it, and why nothing became of a place. */
export async function through(
  name: string,
  rules: string,
  json: string,
  place: string,
): Promise<{ went: string; rows: Rows; details: Details; why: Why[] }> {
  const plugin = await started(name, rules);
  const desk = await Desk.start();
  const bytes = new TextEncoder().encode(json);
  await desk.ask("read", { bytes, name: "batch.json", append: false });
  const { traces, latestEnd } = await desk.ask("batch", { index: 0 });
  const processed = await plugin.ask("process", { traces, now: latestEnd, noting: "looked" });
  const { configured } = (await plugin.ask("configure", { documents: [{ name: "rules.yaml", text: rules }] })) as { configured: Configured };
  plugin.end();
  const notes = processed.parts.map(({ start, end, outcome }) => ({ start, end, notes: outcome.notes }));
  const went = processed.traces ?? traces;
  await desk.ask("begin", { side: "new", plugins: [[0, configured]] });
  await desk.ask("show", { values: true, rules: [rules] });
  const steps = [{ place: 0, came: traces, went, gone: processed.gone, notes }];
  const { way, rows } = await desk.ask("keep", { side: "new", index: 0, steps, out: went });
  if (rows === undefined) {
    throw new Error("found no rows; expected those of a new way");
  }
  const row = rows.rows.findIndex(({ on }) => on === "span");
  const details = await desk.ask("details", { way, row });
  return { went: toJson(went), rows, details, why: await desk.ask("why", { way, row, place }) };
}

/** What a plugin that asks for a secret says of rules, with and without it; and what it counts of a batch. */
export async function asksForASecret(): Promise<{ without: unknown; with: unknown; counted: string[] }> {
  const counted: string[] = [];
  const count = (name: string, labels: [string, string][], delta: bigint) =>
    void counted.push(`${name} ${JSON.stringify(labels)} ${typeof delta} ${delta}`);
  const plugin = await RemotePlugin.start({ ...silent, count });
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

/** The lines that a plugin writes which writes 150 at once, in a batch, and in another a second later. */
export async function writesLines(): Promise<string[][]> {
  let lines: string[] = [];
  const plugin = await started("misbehaving", "does: log-many\n", DEFAULT_LIMITS, (level, line) => void lines.push(`${level} ${line}`));
  const of = async (now: bigint) => {
    lines = [];
    await plugin.ask("process", { traces: toProtobuf(BATCH), now, noting: "off" });
    return lines;
  };
  const told = [await of(1_000_000_000n), await of(2_000_000_000n)];
  plugin.end();
  return told;
}

/** How a plugin that misbehaves takes these rules. */
export async function configures(rules: string): Promise<string> {
  return spoken(started("misbehaving", rules));
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
  const plugin = await RemotePlugin.start(silent);
  const what = await spoken(plugin.open(Uint8Array.from(bytes)));
  plugin.end();
  return what;
}

const silent = { log: (_: Level, __: string) => {}, count: () => {} };

async function started(name: string, rules: string, limits = DEFAULT_LIMITS, log = silent.log): Promise<RemotePlugin> {
  const plugin = await RemotePlugin.start({ ...silent, log }, limits, 300);
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
