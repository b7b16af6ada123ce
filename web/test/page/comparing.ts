// Two sets of rules, compared as a page does it.

import { ChainPlugin } from "../../src/chain/plugin.ts";
import { run } from "../../src/chain/run.ts";
import type { About, Findings, Left, Member } from "../../src/desk/findings.ts";
import type { Side } from "../../src/desk/messages.ts";
import { Desk } from "../../src/desk/remote.ts";
import type { Document } from "../../src/host/types.ts";
import { load } from "./shared.ts";

/** A plugin by two sets of rules, on one batch: the report, and what was found. */
export async function compares(
  name: string, [old, next]: [Document[], Document[]], json: string, about: About,
): Promise<{ text: string; findings: Findings; left: Left }> {
  const desk = await Desk.start();
  await desk.ask("read", { bytes: new TextEncoder().encode(json), name: "spans.json", append: false });
  const chains = { old: [await played(desk, "old", name, old)], new: [await played(desk, "new", name, next)] };
  const findings = await desk.ask("compare", chains);
  const text = await desk.ask("report", { form: "txt", about });
  return { text, findings, left: await desk.ask("leaves", { chain: chains.new }) };
}

async function played(desk: Desk, side: Side, name: string, documents: Document[]): Promise<Member> {
  const file = await load(`plugins/${name}.wasm`);
  const plugin = new ChainPlugin(name, file, await desk.ask("digest", { file }), documents);
  const plan = { side, batches: 1, silenceHours: 0, keepsState: false };
  const nobody = { stop: new AbortController().signal, progress: () => {}, through: () => {} };
  // A place that is not the first: plugins before it are off.
  await plugin.configure();
  await run(desk, [[2, plugin]], plan, nobody);
  const { member } = plugin;
  plugin.end();
  return member;
}
