// Live spans: what a Collector sends to `lapidary playground --listen`.

import { signal } from "@preact/signals";

import { open, runNow, source, start, trouble } from "./store.ts";

const isOn = signal(false);
const lost = signal(0);
/** How often it was switched on; one that is on alone takes spans. */
let takes = 0;

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
      <pre tabIndex={0} aria-label="Lines for a Collector's config">{`exporters:\n  otlp_http/playground:\n    endpoint: ${listen.endpoint}\n`}</pre>
    </details>
  );
}

function turn(on: boolean, url: string): void {
  isOn.value = on;
  if (on) {
    void take(url);
  }
}

/** Requests that are read before the spans go through again. */
const MOST_AT_ONCE = 50;

/** Takes one request after the other; the server answers late where there is none, and then the spans go through. */
async function take(url: string): Promise<void> {
  const mine = ++takes;
  let after = 0;
  let append = false;
  let waiting = 0;
  while (isOn.value && mine === takes) {
    try {
      const response = await fetch(`${url}?after=${after}`);
      if (mine !== takes || (append && source.value?.name !== "live")) {
        // Switched off meanwhile, or other spans were chosen.
        isOn.value = isOn.value && mine !== takes;
        return;
      }
      if (response.status === 200) {
        after = Number(response.headers.get("Lapidary-Sequence"));
        lost.value = Number(response.headers.get("Lapidary-Lost"));
        const isJson = response.headers.get("Content-Type")?.startsWith("application/json") === true;
        const fileName = isJson ? "live.json" : "live.binpb";
        await open(new Uint8Array(await response.arrayBuffer()), "live", { fileName, append, goes: false });
        append = true;
        waiting++;
      } else if (!response.ok) {
        throw new Error(`${url}: ${response.status} ${response.statusText}`);
      }
      if (waiting === MOST_AT_ONCE || (waiting > 0 && response.status === 204)) {
        waiting = 0;
        await runNow();
      }
    } catch (error) {
      trouble.value = (error as Error).message;
      isOn.value = false;
    }
  }
}
