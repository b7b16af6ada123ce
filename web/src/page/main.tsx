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

/** The chain of the address, or what is wrong with it: then the page begins as it does without one. */
function fromLink(): { from?: ReturnType<typeof linked>; wrong?: string } {
  try {
    return { from: linked(location.hash) };
  } catch {
    return { wrong: "found a link that holds no chain of at most 20 plugins; expected one that a playground made" };
  }
}

// A link that is pasted over the address of this page begins anew.
addEventListener("hashchange", () => location.reload());

async function main(): Promise<void> {
  render(<App />, document.getElementById("page")!);
  try {
    const given = await loadStart();
    start.value = given;
    const { from, wrong } = fromLink();
    await begin(given, from?.chain ?? given.chain);
    trouble.value ??= wrong ?? (from && differing(from.digests));
  } catch (error) {
    trouble.value = (error as Error).message;
  }
  document.body.dataset.ready = "yes";
}

void main();
