// A Collector's config: read into a chain, and written for one.

import { parse, stringify } from "yaml";

import { ChainPlugin } from "../chain/plugin.ts";
import { fetchBytes } from "../host/workers.ts";
import { digest, plugins, runNow, start, trouble } from "./store.ts";

interface Planned {
  module?: unknown;
  rules?: unknown;
  secrets?: Record<string, unknown>;
  shadow?: unknown;
}

/** Takes the chain of a pasted config, or the rules of a file. */
export async function takeConfig(text: string, name: string): Promise<void> {
  let config: unknown;
  try {
    config = parse(text);
  } catch (error) {
    trouble.value = `${name}: ${(error as Error).message.split("\n")[0]}`;
    return;
  }
  const processors = Object.entries((config as { processors?: Record<string, { plugins?: Planned[] } | null> } | null)?.processors ?? {});
  const chains = processors.filter(([id]) => id === "lapidary" || id.startsWith("lapidary/"));
  if (chains.length === 0) {
    takeRules(text, name);
    return;
  }
  const planned = chains.flatMap(([id, processor]) => (processor?.plugins ?? []).map((plugin) => [id, plugin] as const));
  const made: ChainPlugin[] = [];
  const wanting: string[] = [];
  for (const [id, plugin] of planned) {
    const module = typeof plugin.module === "string" ? plugin.module.split("/").at(-1)!.replace(/\.wasm$/, "") : "";
    const url = start.value?.plugins.find((known) => known.name === module)?.url;
    if (url === undefined) {
      wanting.push(`${module}.wasm`);
      continue;
    }
    const rules = rulesOf(plugin, `${name}: processors.${id}`);
    wanting.push(...rules.filter(({ found }) => !found).map(({ name }) => name));
    const file = await fetchBytes(url);
    const taken = new ChainPlugin(module, file, await digest(file), rules, Object.keys(plugin.secrets ?? {}));
    taken.isShadow.value = plugin.shadow === true;
    made.push(taken);
  }
  plugins.value.forEach((plugin) => plugin.end());
  plugins.value = made;
  trouble.value = wanting.length === 0 ? undefined : `${name}: these files are not in the page: ${wanting.join(", ")}; drop them on it`;
  await runNow();
}

/** Rules of a plugin: those that stand in the config, and those of files that the page has already. */
function rulesOf({ rules }: Planned, place: string): { name: string; text: string; found: boolean }[] {
  if (typeof rules === "object" && rules !== null && !Array.isArray(rules)) {
    return [{ name: place, text: stringify(rules), found: true }];
  }
  const paths = (Array.isArray(rules) ? rules : [rules]).filter((path) => typeof path === "string");
  const there = plugins.value.flatMap((plugin) => plugin.documents);
  return paths.map((path) => {
    const known = there.find(({ name }) => ends(name, path) || ends(path, name));
    return { name: path, text: known?.text ?? "", found: known !== undefined };
  });
}

function ends(path: string, with_: string): boolean {
  return path === with_ || path.endsWith(`/${with_}`);
}

/** A file of rules takes the place of the document with its name. */
function takeRules(text: string, name: string): void {
  const all = plugins.value.flatMap((plugin) => plugin.rules.value);
  const known = all.filter((rules) => ends(rules.name, name));
  if (known.length !== 1) {
    trouble.value = `${name}: found no document of that name in the chain, or several; expected one, or a config with a \`lapidary\` processor`;
    return;
  }
  known[0]!.text.value = text;
  void runNow();
}

/** The processor's part of a config for the chain as it stands. Rules are files beside it. */
export function writeConfig(): string {
  const chain = plugins.value.filter(({ isOn }) => isOn.value).map((plugin) => ({
    module: `plugins/${plugin.name}.wasm`,
    rules: plugin.rules.value.map(({ name }) => name),
    ...(plugin.isShadow.value && { shadow: true }),
    ...(plugin.secrets.value.size > 0 && {
      secrets: Object.fromEntries([...plugin.secrets.value.keys()].map((name) => [name, { file: `secrets/${name}` }])),
    }),
  }));
  return stringify({ processors: { lapidary: { plugins: chain } } });
}
