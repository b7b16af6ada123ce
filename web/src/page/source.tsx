// Where the spans come from: a recording, a file, the clipboard, or a Collector.

import { signal } from "@preact/signals";

import { fetchBytes } from "../host/workers.ts";
import { Live } from "./live.tsx";
import { addPlugin, input, isTooLarge, open, source, start, trouble } from "./store.ts";
import { takeConfig } from "./collector-config.ts";

const pasting = signal(false);

export function Source() {
  const recordings = start.value?.recordings ?? [];
  return (
    <>
      <label>
        Recording
        <select aria-label="Recording" value={source.value?.name ?? ""} onChange={(event) => void choose(event.currentTarget.value)}>
          {recordings.every(({ name }) => name !== source.value?.name) && <option value={source.value?.name ?? ""}>{source.value?.name ?? "none"}</option>}
          {recordings.map(({ name }) => <option value={name}>{name}</option>)}
        </select>
      </label>
      <label class="file">
        File
        <input type="file" accept=".json,.jsonl,.binpb,.wasm,.yaml,.yml" onChange={(event) => void takeAll(event.currentTarget)} />
      </label>
      <button type="button" aria-expanded={pasting.value} onClick={() => (pasting.value = !pasting.value)}>Paste</button>
      <Live />
      {input.value !== undefined && <span class="count">{input.value.spans} spans in {input.value.batches} batches</span>}
      {pasting.value && <Paste />}
    </>
  );
}

function Paste() {
  return (
    <label class="paste">
      OTLP JSON, one object or one a line; or a Collector's config
      <textarea
        rows={4}
        onInput={(event) => {
          const text = event.currentTarget.value;
          event.currentTarget.value = "";
          pasting.value = false;
          void takeText(text, "pasted");
        }}
      />
    </label>
  );
}

async function choose(name: string): Promise<void> {
  const recording = start.value?.recordings.find((one) => one.name === name);
  if (recording === undefined) {
    return;
  }
  try {
    await open(await fetchBytes(recording.url), name, { isOurs: recording.ours, fileName: recording.url });
  } catch (error) {
    trouble.value = (error as Error).message;
  }
}

async function takeAll(field: HTMLInputElement): Promise<void> {
  for (const file of field.files ?? []) {
    await takeFile(file);
  }
  field.value = "";
}

/** Takes a file for what its name says it is. */
export async function takeFile(file: File): Promise<void> {
  if (isTooLarge(file.name, file.size)) {
    return;
  }
  const bytes = new Uint8Array(await file.arrayBuffer());
  if (file.name.endsWith(".wasm")) {
    await addPlugin(file.name, bytes);
  } else if (/\.ya?ml$/.test(file.name)) {
    await takeText(new TextDecoder().decode(bytes), file.name);
  } else {
    await open(bytes, file.name);
  }
}

async function takeText(text: string, name: string): Promise<void> {
  if (text.trim() === "") {
    return;
  }
  if (text.trimStart().startsWith("{")) {
    await open(new TextEncoder().encode(text), name, { fileName: text.trim().includes("\n{") ? `${name}.jsonl` : `${name}.json` });
  } else {
    await takeConfig(text, name);
  }
}
