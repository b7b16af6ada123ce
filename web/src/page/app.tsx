// The page.

import { Chain } from "./chain.tsx";
import { Findings } from "./findings.tsx";
import { Sampling } from "./sampling.tsx";
import { Share } from "./share.tsx";
import { Source, takeFile } from "./source.tsx";
import { Spans } from "./spans.tsx";
import { plugins, trouble, view } from "./store.ts";
import { Theme } from "./theme.tsx";
import { Time } from "./time.tsx";
import { Versus } from "./versus.tsx";

const VIEWS = { Spans, Sampling, Findings, Compare: Versus };

export function App() {
  const View = VIEWS[view.value];
  return (
    <div class="page" onDragOver={(event) => event.preventDefault()} onDrop={(event) => void drop(event)}>
      <header>
        <h1>Lapidary playground</h1>
        <Source />
        <Share />
        <Theme />
      </header>
      {trouble.value !== undefined && (
        <p class="bad trouble" role="alert">
          {trouble.value} <button type="button" onClick={() => (trouble.value = undefined)}>Close<span class="unseen"> this message</span></button>
        </p>
      )}
      <main>
        <Chain />
        <section class="result" aria-label="Result">
          <div class="tabs" role="group" aria-label="View">
            {(Object.keys(VIEWS) as (keyof typeof VIEWS)[]).map((name) => (
              <button type="button" aria-pressed={view.value === name} onClick={() => (view.value = name)}>{name}</button>
            ))}
          </div>
          <Time />
          {plugins.value.some(({ problems, isOn }) => isOn.value && problems.value.length > 0) && (
            <p class="notice">Rules have problems: what is shown is from the last ones that were good.</p>
          )}
          <View />
        </section>
      </main>
    </div>
  );
}

/** A plugin goes on the chain, anything else holds spans. */
async function drop(event: DragEvent): Promise<void> {
  event.preventDefault();
  for (const file of event.dataTransfer?.files ?? []) {
    await takeFile(file);
  }
}
