// Plays one case of `testdata/hosts` with the page's host: its chain, its workers, its bounds.

import { ChainPlugin, variables } from "../../src/chain/plugin.ts";
import { run } from "../../src/chain/run.ts";
import type { DeskCall, DeskCalls } from "../../src/desk/messages.ts";
import { Desk } from "../../src/desk/remote.ts";
import type { Document, Limits, Variables } from "../../src/host/types.ts";
import { toJson } from "../../src/rust/web.js";
import { load } from "./shared.ts";

export interface Given {
  plugins: { module: string; documents: Document[]; isShadow: boolean }[];
  /** JSON lines. */
  batches: string;
  limits: Limits;
  maxViewBytes: number;
  variables: Variables;
}

export interface Played {
  /** Where the chain did not start. */
  problems: string[];
  /** What went on, as OTLP JSON. */
  passes: string[];
  log: { level: string; message: string }[];
  /** What plugins did at batches that they could not process. */
  deeds: string[];
}

export async function plays(given: Given): Promise<Played> {
  const played: Played = { problems: [], passes: [], log: [], deeds: [] };
  const chain = await Promise.all(given.plugins.map((plugin) => made(plugin, given.limits)));
  variables.value = given.variables;
  const good = await Promise.all(chain.map((plugin) => plugin.configure()));
  if (good.every((one) => one)) {
    await send(chain, given, played);
  } else {
    played.problems = chain.flatMap(({ problems }) => problems.value).map(({ document, line, path, found, expected }) =>
      `${document}:${line}: ${path === "" ? "" : `${path}: `}found ${found}; expected ${expected}`);
  }
  chain.forEach((plugin) => plugin.end());
  variables.value = undefined;
  return played;
}

async function made({ module, documents, isShadow }: Given["plugins"][0], limits: Limits): Promise<ChainPlugin> {
  const plugin = new ChainPlugin(module, await load(`plugins/${module}`), "", documents, [], limits);
  plugin.isShadow.value = isShadow;
  return plugin;
}

async function send(chain: ChainPlugin[], { batches, maxViewBytes }: Given, played: Played): Promise<void> {
  const desk = await Desk.start();
  const bytes = new TextEncoder().encode(batches);
  const input = await desk.ask("read", { bytes, name: "batches.jsonl", append: false });
  const unheard = chain.map((plugin) => plugin.log.subscribe((lines) => hear(lines.at(-1), played)));
  const nobody = { stop: new AbortController().signal, progress: () => {}, through: () => {} };
  const plan = { side: "new", batches: input.batches, silenceHours: 0, keepsState: false, maxViewBytes } as const;
  await run(listening(desk, played), [...chain.entries()], plan, nobody);
  unheard.forEach((end) => end());
  for (const { message, isOwn } of chain.flatMap(({ faults }) => faults.value)) {
    if (isOwn) {
      played.log.push({ level: "error", message });
    } else {
      played.deeds.push(message);
    }
  }
}

/** A line that was just written. */
function hear(line: string | undefined, { log }: Played): void {
  if (line !== undefined) {
    const [level, ...message] = line.split(": ");
    log.push({ level: level!, message: message.join(": ") });
  }
}

/** The desk, with an ear for what leaves the chain. */
function listening(desk: Desk, { passes }: Played): Desk {
  const ask = <C extends DeskCall>(call: C, asked: DeskCalls[C][0]) => {
    const { out } = asked as Partial<DeskCalls["keep"][0]>;
    if (call === "keep" && out !== undefined) {
      passes.push(toJson(out));
    }
    return desk.ask(call, asked);
  };
  return { ask } as unknown as Desk;
}
