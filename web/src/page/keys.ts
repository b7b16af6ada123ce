// Keys of attributes of the spans that are there, for completion. A key may be a value itself.

import { effect, signal } from "@preact/signals";

import { input, showsValues, theDesk } from "./store.ts";

const MOST = 1000;

export const attributeKeys = signal<string[]>([]);

effect(() => {
  if (input.value === undefined || !showsValues.value) {
    attributeKeys.value = [];
    return;
  }
  theDesk()
    .then((desk) => desk.ask("keys", { most: MOST }))
    .then((keys) => (attributeKeys.value = showsValues.peek() ? keys : []), () => (attributeKeys.value = []));
});
