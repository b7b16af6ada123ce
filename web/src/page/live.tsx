// Live spans: what a Collector sends to `lapidary playground --listen`.

import { signal } from "@preact/signals";

import { open, start, trouble } from "./store.ts";

const isOn = signal(false);
const lost = signal(0);

export function Live() {
  const listen = start.value?.listen;
  if (listen === undefined || listen === null) {
    return null;
  }
  return (
    <details class="live">
      <summary>Live</summary>
      <label>
        <input type="checkbox" checked={isOn.value} onChange={(event) => turn(event.currentTarget.checked, listen.url)} /> take spans
      </label>
      {lost.value > 0 && <p class="notice">{lost.value} requests were dropped, for more came than is kept.</p>}
      <p>A Collector sends them with this exporter:</p>
      <pre tabIndex={0} aria-label="Lines for a Collector's config">{`exporters:\n  otlp_http/playground:\n    endpoint: ${listen.endpoint}\n    tls: { insecure: true }\n`}</pre>
    </details>
  );
}

function turn(on: boolean, url: string): void {
  isOn.value = on;
  if (on) {
    void take(url);
  }
}

/** Takes one request after the other. The server answers late where there is none. */
async function take(url: string): Promise<void> {
  let after = 0;
  let append = false;
  while (isOn.value) {
    try {
      const response = await fetch(`${url}?after=${after}`);
      if (response.status === 204) {
        await new Promise((waited) => setTimeout(waited, 250));
        continue;
      }
      if (!response.ok) {
        throw new Error(`${url}: ${response.status} ${response.statusText}`);
      }
      after = Number(response.headers.get("Lapidary-Sequence"));
      lost.value = Number(response.headers.get("Lapidary-Lost"));
      const isJson = response.headers.get("Content-Type")?.startsWith("application/json") === true;
      const fileName = isJson ? "live.json" : "live.binpb";
      await open(new Uint8Array(await response.arrayBuffer()), "live", { fileName, append });
      append = true;
    } catch (error) {
      trouble.value = (error as Error).message;
      isOn.value = false;
    }
  }
}
