// Puts the playground together in `dist/playground` of the project: the page, the plugins, the ready rules,
// the recordings, and `start.json`, which names them.

import { cp, mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const to = join(root, "dist", "playground");

/** In the order in which a chain has them. */
const PLUGINS = ["enrich-order-status", "sample-adaptively", "redact-pii", "hash-operator-id"];
const CHOSEN = "order-lifecycle";

await rm(to, { recursive: true, force: true });
await mkdir(to, { recursive: true });
await cp(join(root, "web", "dist", "playground"), to, { recursive: true });

const copied = async (from, url) => {
  await cp(join(root, from), join(to, url), { recursive: true });
  return url;
};
const plugins = [];
const chain = [];
for (const name of PLUGINS) {
  plugins.push({ name, url: await copied(`dist/${name}.wasm`, `plugins/${name}.wasm`) });
  const base = `rules/${name}/base.yaml`;
  const text = await readFile(join(root, base), "utf8");
  const secrets = [...text.matchAll(/^\s+secret:\s*(\S+)/gm)].map(([, secret]) => secret);
  // Without a secret a plugin that asks for one cannot start; whoever looks at the page types one in.
  const on = secrets.length === 0;
  chain.push({ plugin: name, on, rules: [{ name: base, url: await copied(base, base) }], secrets });
}
const folders = await readdir(join(root, "testdata", "recordings"), { withFileTypes: true });
const recordings = [];
for (const { name } of folders.filter((folder) => folder.isDirectory()).sort((a, b) => (a.name < b.name ? -1 : 1))) {
  const url = await copied(`testdata/recordings/${name}/spans.jsonl`, `recordings/${name}/spans.jsonl`);
  recordings.push({ name, url, ours: true });
}
const start = { recordings, chosen: CHOSEN, plugins, chain, listen: null };
await writeFile(join(to, "start.json"), `${JSON.stringify(start, null, 2)}\n`);
