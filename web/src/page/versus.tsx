// Two sets of rules on the same spans, as `lapidary compare` compares them.

import { effect, signal } from "@preact/signals";

import type { ChainPlugin } from "../chain/plugin.ts";
import { run } from "../chain/run.ts";
import type { About, Became, By, Decided, Fate, Findings, Values } from "../desk/findings.ts";
import { LeavesTable } from "./findings.tsx";
import { download } from "./share.tsx";
import { input, keepsState, pluginsOn, runNow, source, theDesk, trouble, until } from "./store.ts";

/** The rules that those on the screen are compared with. */
const old = signal<{ plugin: ChainPlugin; documents: { name: string; text: string }[] }[] | undefined>(undefined);
const findings = signal<Findings | undefined>(undefined);
/** What the comparison is of. */
let about: About = {};
const isAtWork = signal(false);

// What was found of other spans says nothing of these.
effect(() => {
  void input.value;
  findings.value = undefined;
});

export function Versus() {
  const found = findings.value;
  return (
    <div class="tables" tabIndex={0} role="region" aria-label="Comparison">
      <h2>Compare</h2>
      <p>Keep the rules as they stand now, change them, and see what leaves then that did not before, and which spans are newly lost.</p>
      <div class="bar">
        <button type="button" onClick={keep}>Keep these rules as the old ones</button>
        <button type="button" disabled={old.value === undefined || isAtWork.value} onClick={() => void compare()}>Compare with the old ones</button>
        {old.value === undefined ? <span class="hint">No old rules so far.</span> : <span class="hint">Old rules: {old.value.map(({ plugin }) => plugin.name).join(", ")}</span>}
        {isAtWork.value && <span role="status">Comparing…</span>}
      </div>
      {found !== undefined && <Found found={found} />}
    </div>
  );
}

function keep(): void {
  old.value = pluginsOn().map(([, plugin]) => ({ plugin, documents: plugin.documents }));
  findings.value = undefined;
}

/** Sends the spans through both chains, each from a fresh state. */
async function compare(): Promise<void> {
  const desk = await theDesk();
  const copies = (old.value ?? []).map(({ plugin, documents }) => plugin.copy(documents));
  isAtWork.value = true;
  try {
    keepsState.value = false;
    await runNow();
    const now = pluginsOn().map(([, plugin]) => plugin);
    if (now.some(({ configured }) => configured.value === undefined)) {
      throw new Error("found rules with problems; expected good ones to compare");
    }
    const batches = until.value ?? input.value?.batches ?? 0;
    await Promise.all(copies.map((copy) => copy.configure()));
    const nobody = { stop: new AbortController().signal, progress: () => {}, through: () => {} };
    await run(desk, [...copies.entries()], { side: "old", batches, silenceHours: 0, keepsState: false }, nobody);
    const { name, digest } = source.value ?? {};
    about = name === undefined || digest === undefined ? {} : { recording: { name, sha256: digest } };
    findings.value = await desk.ask("compare", { old: copies.map(({ member }) => member), new: now.map(({ member }) => member) });
  } catch (error) {
    trouble.value = (error as Error).message;
  } finally {
    copies.forEach((copy) => copy.end());
    isAtWork.value = false;
  }
}

function Found({ found }: { found: Findings }) {
  const { unprotected, loosened, tightened, otherwise, alike, lost, kept, leaves } = found;
  const losses = lost.filter(({ spans }) => spans.failed + spans.slow + spans.gapped > 0);
  return (
    <>
      <p role="status">
        {loosened.length + unprotected.length} loosened, {tightened.length} tightened, {losses.length} newly lost of interest.
      </p>
      <div class="bar">
        Report: {(["html", "md", "json"] as const).map((form) => <button type="button" onClick={() => void save(form)}>{form}</button>)}
        <span class="hint">holds no value of a span</span>
      </div>
      {unprotected.length > 0 && (
        <>
          <h3>No longer protected</h3>
          <ul>{unprotected.map(({ plugin, text }) => <li>{plugin}: {text}</li>)}</ul>
        </>
      )}
      <Differences title="Loosened: more of these leaves" values={loosened} />
      <Fates title="Newly lost" spans={lost} />
      <Differences title="Tightened: less of these leaves" values={tightened} />
      <Fates title="Newly kept" spans={kept} />
      <Differences title="In another form" values={otherwise} />
      <p>{alike} values become the same with both.</p>
      <h3>What leaves with the new rules</h3>
      <LeavesTable leaves={leaves} />
    </>
  );
}

function Differences({ title, values }: { title: string; values: Values[] }) {
  return (
    <>
      <h3>{title}</h3>
      {values.length === 0 ? <p class="hint">none</p> : (
        <table>
          <thead><tr><th scope="col">Place</th><th scope="col">Values</th><th scope="col">Old</th><th scope="col">New</th></tr></thead>
          <tbody>
            {values.map(({ on, place, values, old, new: next }) => (
              <tr><td>{place} ({on})</td><td>{values}</td><td>{became(old)}</td><td>{became(next)}</td></tr>
            ))}
          </tbody>
        </table>
      )}
    </>
  );
}

function Fates({ title, spans }: { title: string; spans: Decided[] }) {
  return (
    <>
      <h3>{title}</h3>
      {spans.length === 0 ? <p class="hint">none</p> : (
        <table>
          <thead><tr><th scope="col">Spans</th><th scope="col">Failed</th><th scope="col">Slow</th><th scope="col">Gapped</th><th scope="col">Old</th><th scope="col">New</th></tr></thead>
          <tbody>
            {spans.map(({ spans: { all, failed, slow, gapped }, old, new: next }) => (
              <tr><td>{all}</td><td>{failed}</td><td>{slow}</td><td>{gapped}</td><td>{fate(old)}</td><td>{fate(next)}</td></tr>
            ))}
          </tbody>
        </table>
      )}
    </>
  );
}

function became({ became, by }: Became): string {
  return [became, ...by.map(rule)].join(" ");
}

function fate({ kept, by }: Fate): string {
  return [kept ? "kept" : "dropped", ...by.map(rule)].join(" ");
}

function rule({ plugin, path, document, line }: By): string {
  const at = document === "" ? "" : `, ${document}${line > 0 ? `:${line}` : ""}`;
  return path === "" ? `(${plugin})` : `← ${path}${at} (${plugin})`;
}

async function save(form: "html" | "md" | "json"): Promise<void> {
  const text = await (await theDesk()).ask("report", { form, about });
  const types = { html: "text/html", md: "text/markdown", json: "application/json" };
  download(`report.${form}`, types[form], new TextEncoder().encode(text));
}
