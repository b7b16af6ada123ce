// What others can have of the work: a link to the rules, a Collector's config, a case for `lapidary test`.

import { signal } from "@preact/signals";
import { strToU8, zipSync } from "fflate";

import { stringify } from "yaml";
import { writeConfig } from "./collector-config.ts";
import { link } from "./link.ts";
import { items, plugins, selected, source, theDesk } from "./store.ts";

const shown = signal<{ title: string; text: string } | undefined>(undefined);

export function Share() {
  return (
    <details class="shared">
      <summary>Share</summary>
      <div class="bar">
        <button type="button" onClick={() => (shown.value = { title: "A link with the rules, and without spans and secrets", text: link() })}>Link</button>
        <button type="button" onClick={() => (shown.value = { title: "A Collector's config for the chain", text: writeConfig() })}>Collector config</button>
        <button type="button" disabled={selected.value === undefined} onClick={() => void downloadCase()}>Case from the span in view</button>
      </div>
      <p class="hint">
        A case holds the span as it came{source.value?.isOurs === true ? "" : ", with its values: `lapidary test --new` makes up others"}.
      </p>
      {shown.value !== undefined && (
        <label>
          {shown.value.title}
          <textarea readOnly rows={6} value={shown.value.text} onFocus={(event) => event.currentTarget.select()} />
        </label>
      )}
    </details>
  );
}

/** A folder for each plugin, with its rules and the span; `--bless` writes what comes out. */
async function downloadCase(): Promise<void> {
  const item = items.value.find(({ id }) => id === selected.value);
  if (item === undefined || item.on !== "span") {
    return;
  }
  const span = await (await theDesk()).ask("span", { way: item.way, row: item.row });
  const files: Record<string, Uint8Array> = {};
  for (const plugin of plugins.value.filter(({ isOn }) => isOn.value)) {
    const rules = plugin.documents.map(({ text }, number) => [`rules-${number + 1}.yaml`, text] as const);
    const about = { about: "Made in the playground; say here what it protects.", plugin: plugin.name, rules: rules.map(([name]) => name) };
    const steps = { steps: [{ batch: "input.json", now: nowOf(item.start, item.duration) }] };
    const folder = `case/${plugin.name}`;
    files[`${folder}/case.yaml`] = strToU8(stringify({ ...about, ...steps }));
    files[`${folder}/input.json`] = strToU8(`${span}\n`);
    rules.forEach(([name, text]) => (files[`${folder}/${name}`] = strToU8(text)));
  }
  download("case.zip", "application/zip", zipSync(files));
}

/** The end of the span, to the second above. */
function nowOf(start: string, duration = "0"): string {
  const seconds = (BigInt(start) + BigInt(duration)) / 1_000_000_000n + 1n;
  return new Date(Number(seconds) * 1000).toISOString().replace(".000Z", "Z");
}

export function download(name: string, type: string, bytes: Uint8Array): void {
  const address = URL.createObjectURL(new Blob([bytes.slice()], { type }));
  const anchor = document.createElement("a");
  anchor.href = address;
  anchor.download = name;
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
