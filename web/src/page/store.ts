// What the page knows: the chain, the spans, and what became of them. Everything on the screen follows from
// the signals here; what changes them are the functions.

import { batch, computed, effect, signal } from "@preact/signals";

import { ChainPlugin, variables } from "../chain/plugin.ts";
import { type Plan, Stopped, run } from "../chain/run.ts";
import type { Input } from "../desk/messages.ts";
import { Desk } from "../desk/remote.ts";
import type { ActedRule, Finding, Row, RuleAt, Rows } from "../desk/told.ts";
import { fetchBytes } from "../host/workers.ts";
import type { PlannedPlugin, Start } from "./start.ts";

/** A larger file is for the command line. */
export const MOST_BYTES = 256 << 20;

/** A row, and where the desk finds it. */
export interface Item extends Row {
  id: number;
  /** `start`, to be compared. */
  begins: bigint;
  /** Whether no rule of the plugin that it did not pass did anything: that could not process it. */
  lost: boolean;
  way: number;
  row: number;
  /** The rules that did something to it, by `ruleKey`. */
  by: string[];
}

export const start = signal<Start | undefined>(undefined);
export const plugins = signal<ChainPlugin[]>([]);
/** The recording or file that is shown; `digest` is its SHA-256, where it is one file. */
export const source = signal<{ name: string; isOurs: boolean; digest?: string } | undefined>(undefined);
export const input = signal<Input | undefined>(undefined);
/** Whether values of a foreign file may be seen. */
export const showsForeign = signal(false);
export const showsValues = computed(() => source.value?.isOurs === true || showsForeign.value);
export const items = signal<Item[]>([]);
/** The chain of the run whose results are shown: what a place counts in, also once the plugins stand in another order. */
export const ran = signal<ChainPlugin[]>([]);
/** How often each rule did something. */
export const acted = signal(new Map<string, number>());
/** What rules did to which places; `rule` is a `ruleKey`. */
export const findings = signal<(Omit<Finding, "rule"> & { rule: string })[]>([]);
/** The share of a run that is done; nothing where none runs. */
export const progress = signal<number | undefined>(undefined);
/** What went wrong and has no better place. */
export const trouble = signal<string | undefined>(undefined);
export const selected = signal<number | undefined>(undefined);
/** The rule whose spans are shown alone, and the line that an editor jumps to. */
export const rule = signal<RuleAt & { place: number } | undefined>(undefined);
export const until = signal<number | undefined>(undefined);
export const view = signal<"Spans" | "Sampling" | "Findings" | "Compare">("Spans");
export const silenceHours = signal(0);
export const keepsState = signal(false);

let desk: Desk | undefined;
/** The plugins that made what did not come, by the number of its way. */
const makers = new Map<number, number | undefined>();
/** How many runs were asked for, and how many of these are over. */
let wanted = 0;
let finished = 0;
let going: AbortController | undefined;
let running: Promise<void> | undefined;

export async function theDesk(): Promise<Desk> {
  desk ??= await Desk.start();
  return desk;
}

/** The SHA-256 of a file, in hexadecimal. */
export async function digest(file: Uint8Array): Promise<string> {
  return (await theDesk()).ask("digest", { file });
}

export function ruleKey(place: number, { path, document = "", line = 0 }: RuleAt): string {
  return JSON.stringify([place, document, line, path]);
}

/** The rule that a key is of. */
export function ruleOf(key: string): RuleAt & { place: number } {
  const [place, document, line, path] = JSON.parse(key) as [number, string, number, string];
  return { place, path, ...(document !== "" && { document }), ...(line > 0 && { line }) };
}

/** Begins with what `start.json` names, or with a chain that came in a link. */
export async function begin(given: Start, chain: PlannedPlugin[]): Promise<void> {
  start.value = given;
  variables.value = given.variables;
  await theDesk();
  const files = new Map<string, Uint8Array>();
  const unknown: string[] = [];
  const made: ChainPlugin[] = [];
  for (const planned of chain) {
    const url = given.plugins.find(({ name }) => name === planned.plugin)?.url;
    if (url === undefined) {
      unknown.push(planned.plugin);
      continue;
    }
    const file = files.get(url) ?? (await fetchBytes(url));
    files.set(url, file);
    made.push(await chainPlugin(planned, file));
  }
  plugins.value = made;
  const chosen = given.recordings.find(({ name }) => name === given.chosen) ?? given.recordings[0];
  if (chosen !== undefined) {
    await open(await fetchBytes(chosen.url), chosen.name, { isOurs: chosen.ours, fileName: chosen.url });
  }
  if (unknown.length > 0) {
    trouble.value = `${unknown.join(", ")}: found no such plugin; drop its .wasm file on the chain`;
  }
}

async function chainPlugin(planned: PlannedPlugin, file: Uint8Array): Promise<ChainPlugin> {
  const rules: { name: string; text: string }[] = [];
  for (const { name, url, text } of planned.rules) {
    rules.push({ name, text: text ?? (url === undefined ? "" : new TextDecoder().decode(await fetchBytes(url))) });
  }
  const plugin = new ChainPlugin(planned.plugin, file, await digest(file), rules, planned.secrets);
  plugin.isOn.value = planned.on;
  plugin.isShadow.value = planned.shadow === true;
  return plugin;
}

/** Adds a plugin from a file at the end of the chain. */
export async function addPlugin(name: string, file: Uint8Array): Promise<void> {
  const rules = [{ name: `${name.replace(/\.wasm$/, "")}.yaml`, text: "" }];
  plugins.value = [...plugins.value, new ChainPlugin(name.replace(/\.wasm$/, ""), file, await digest(file), rules)];
  await runNow();
}

/** Whether so many bytes are too many for a page; then it says what to use. */
export function isTooLarge(name: string, bytes: number): boolean {
  const isTooLarge = bytes > MOST_BYTES;
  if (isTooLarge) {
    const most = MOST_BYTES >> 20;
    trouble.value = `${name}: found more than ${most} MiB; for so much there is \`lapidary run --diff --plugin PLUGIN.wasm=RULES.yaml FILE\``;
  }
  return isTooLarge;
}

interface Opened {
  isOurs?: boolean;
  /** Tells the form. */
  fileName?: string;
  append?: boolean;
  /** Whether the spans go through the chain at once. */
  goes?: boolean;
}

/** Reads spans in place of those that are there, or behind them, and sends them through. */
export async function open(
  bytes: Uint8Array,
  name: string,
  { isOurs = false, fileName = name, append = false, goes = true }: Opened = {},
): Promise<void> {
  if (isTooLarge(name, bytes.length + (append ? (input.value?.bytes ?? 0) : 0))) {
    return;
  }
  await stopRun();
  progress.value = 0;
  try {
    const sha256 = append ? undefined : await digest(bytes);
    const read = await (await theDesk()).ask("read", { bytes, name: fileName, append });
    batch(() => {
      showsForeign.value = append && showsForeign.value;
      trouble.value = read.spans === 0 ? `${name}: found no span` : undefined;
      input.value = read;
      items.value = append ? items.value : [];
      const wasOurs = !append || source.value?.isOurs !== false;
      source.value = { name, isOurs: isOurs && wasOurs, ...(sha256 !== undefined && { digest: sha256 }) };
      until.value = undefined;
      selected.value = undefined;
    });
  } catch (error) {
    trouble.value = `${name}: ${(error as Error).message}`;
    progress.value = undefined;
    return;
  }
  progress.value = undefined;
  if (goes) {
    await runNow();
  }
}

/** Stops a run that goes on, and waits for its end; what it found so far stays. */
export async function stopRun(): Promise<void> {
  wanted = finished;
  going?.abort("stopped");
  await running;
}

/** Sends all spans through the chain, in place of a run that goes on. Ends once the last one is through. */
export function runNow(): Promise<void> {
  wanted++;
  going?.abort("begun anew");
  running ??= runWanted().finally(() => {
    running = undefined;
    progress.value = undefined;
  });
  return running;
}

/** One run after the other: the desk can follow one alone. */
async function runWanted(): Promise<void> {
  while (finished < wanted) {
    const mine = wanted;
    going = new AbortController();
    progress.value = 0;
    try {
      await go(going.signal);
    } catch (error) {
      trouble.value = (error as Error).message;
    }
    finished = Math.min(mine, wanted);
  }
}

/** The plugins that are on, by their place in the chain. */
export function pluginsOn(): [number, ChainPlugin][] {
  return [...plugins.value.entries()].filter(([, { isOn, unfit }]) => isOn.value && unfit.value === undefined);
}

async function go(stop: AbortSignal): Promise<void> {
  const desk = await theDesk();
  const tried = pluginsOn();
  const good = await Promise.all(tried.map(([, plugin]) => plugin.configure()));
  // What is no plugin says so in its place, and the others go on.
  const on = tried.filter(([, { unfit }]) => unfit.value === undefined);
  const isGood = tried.every(([, { unfit }], index) => good[index] || unfit.value !== undefined);
  if (!isGood || input.value === undefined || stop.aborted) {
    return;
  }
  await show();
  const found = new Found(stop);
  const plan: Plan = {
    side: "new",
    batches: until.value ?? input.value.batches,
    silenceHours: silenceHours.value,
    keepsState: keepsState.value,
  };
  try {
    await run(desk, on, plan, {
      stop,
      progress: (share) => found.tellNowAndThen(share),
      through: (way, rows, maker) => {
        if (rows !== undefined) {
          makers.set(way, maker);
          found.add(way, rows);
        }
      },
    });
  } catch (error) {
    if (!(error instanceof Stopped)) {
      trouble.value = (error as Error).message;
    }
  }
  found.tell();
}

/** Tells the desk what may be seen. */
async function show(): Promise<void> {
  const rules = plugins.value.flatMap(({ taken }) => taken.value.map(({ text }) => text));
  await (await theDesk()).ask("show", { values: showsValues.value, rules });
}

function isLost({ on, gone }: Row, by: string[]): boolean {
  return on === "span" && gone !== undefined && !by.some((key) => ruleOf(key).place === gone);
}

/** What a run found so far. */
class Found {
  /** The chain that the places of rows count in. */
  ran = plugins.peek();
  private readonly items: Item[] = [];
  private readonly acted = new Map<string, number>();
  private readonly findings = new Map<string, Omit<Finding, "rule"> & { rule: string }>();
  private told = performance.now();
  private toldItems = 0;

  constructor(private readonly stop?: AbortSignal) {}

  add(way: number, { rules, rows, findings }: Rows): void {
    const keys = rules.map((rule: ActedRule) => ruleKey(rule.place, rule));
    rules.forEach(({ count }, number) => {
      this.acted.set(keys[number]!, (this.acted.get(keys[number]!) ?? 0) + count);
    });
    for (const found of findings) {
      const rule = keys[found.rule]!;
      const key = JSON.stringify([rule, found.deed, found.on, found.place]);
      const count = found.count + (this.findings.get(key)?.count ?? 0);
      this.findings.set(key, { ...found, rule, count });
    }
    rows.forEach((row, number) => {
      const by = row.acted.map((rule) => keys[rule]!);
      const made = row.made ?? makers.get(way);
      this.items.push({ ...row, ...(made !== undefined && { made }), id: this.items.length, begins: BigInt(row.start), lost: isLost(row, by), way, row: number, by });
    });
  }

  tellNowAndThen(share: number): void {
    if (share - (progress.peek() ?? 0) > 0.005) {
      progress.value = share;
    }
    // To lay out all of them takes as long as there are many, so it is done anew when there are half as many more.
    if (performance.now() - this.told > 1000 && this.items.length > 1.5 * this.toldItems) {
      this.tell();
    }
  }

  tell(): void {
    // Another run goes on, and may show less.
    if (this.stop?.reason === "begun anew") {
      return;
    }
    this.told = performance.now();
    this.toldItems = this.items.length;
    batch(() => {
      ran.value = this.ran;
      items.value = [...this.items];
      acted.value = new Map(this.acted);
      findings.value = [...this.findings.values()];
    });
  }
}

/** What may no longer be seen goes at once; then all is told again. */
effect(() => {
  const shown = items.peek();
  if (!showsValues.value) {
    items.value = [];
  }
  retell(shown).catch((error: Error) => (trouble.value = error.message));
});

async function retell(shown: Item[]): Promise<void> {
  if (progress.peek() !== undefined) {
    return runNow();
  }
  if (shown.length === 0) {
    return;
  }
  await show();
  const desk = await theDesk();
  const found = new Found();
  found.ran = ran.peek();
  for (const way of new Set(shown.map(({ way }) => way))) {
    found.add(way, await desk.ask("rows", { way }));
  }
  found.tell();
}

/** Puts the chain in another order, or takes one of it away. */
export function reorder(change: (plugins: ChainPlugin[]) => ChainPlugin[]): void {
  const before = plugins.value;
  plugins.value = change([...before]);
  before.filter((plugin) => !plugins.value.includes(plugin)).forEach((plugin) => plugin.end());
  void runNow();
}
