// Starts workers. Each starts from a blob: a worker that does so inherits the page's policy, also where that
// stands in a meta tag, as it does wherever no server sends it.

import rustUrl from "../rust/web_bg.wasm?url";

const sources = new Map<string, Promise<string>>();
let rust: Promise<WebAssembly.Module> | undefined;

/** A worker from the script at this address, which imports nothing. */
export async function startWorker(url: string): Promise<Worker> {
  let source = sources.get(url);
  if (source === undefined) {
    source = blob(url);
    sources.set(url, source);
  }
  return new Worker(await source, { type: "module" });
}

/** What `crates/web` became, compiled once for all workers. */
export function rustModule(): Promise<WebAssembly.Module> {
  rust ??= fetchBytes(rustUrl).then((bytes) => WebAssembly.compile(bytes));
  return rust;
}

/** @throws where there is no such file, or nobody answers */
export async function fetchBytes(url: string): Promise<Uint8Array<ArrayBuffer>> {
  const response = await fetch(url);
  if (!response.ok) {
    throw new Error(`${url}: ${response.status} ${response.statusText}`);
  }
  return new Uint8Array(await response.arrayBuffer());
}

async function blob(url: string): Promise<string> {
  return URL.createObjectURL(new Blob([await fetchBytes(url)], { type: "text/javascript" }));
}
