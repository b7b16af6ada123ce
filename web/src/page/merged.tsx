// The rules of a plugin after their overlays, with the line that each value comes from.

import { signal, useSignalEffect } from "@preact/signals";
import { useState } from "preact/hooks";

import type { ChainPlugin } from "../chain/plugin.ts";
import { theDesk } from "./store.ts";

export function Merged({ plugin }: { plugin: ChainPlugin }) {
  const [merged] = useState(() => signal(""));
  useSignalEffect(() => {
    const documents = plugin.documents;
    theDesk()
      .then((desk) => desk.ask("merged", { documents }))
      .then((text) => (merged.value = text), (error: Error) => (merged.value = error.message));
  });
  return <pre class="merged" tabIndex={0} aria-label={`Merged rules of ${plugin.name}`}>{merged.value}</pre>;
}
