// Starts the page.

import { effect } from "@preact/signals";
import { render } from "preact";

import "./style.css";
import { App } from "./app.tsx";
import "./keys.ts";
import { differing, linked } from "./link.ts";
import { loadStart } from "./start.ts";
import { begin, progress, start, trouble } from "./store.ts";

effect(() => {
  document.body.dataset.busy = progress.value === undefined ? "no" : "yes";
});

async function main(): Promise<void> {
  render(<App />, document.getElementById("page")!);
  try {
    const given = await loadStart();
    start.value = given;
    const from = linked(location.hash);
    await begin(given, from?.chain ?? given.chain);
    trouble.value ??= from && differing(from.digests);
  } catch (error) {
    trouble.value = (error as Error).message;
  }
  document.body.dataset.ready = "yes";
}

void main();
