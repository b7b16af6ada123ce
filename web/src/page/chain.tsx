// The chain: plugins in order, each with its rules.

import { signal } from "@preact/signals";

import type { ChainPlugin } from "../chain/plugin.ts";
import { fetchBytes } from "../host/workers.ts";
import { RulesEditor } from "./rules-editor.tsx";
import { plugins, reorder, runNow, start, trouble, addPlugin } from "./store.ts";
import { Merged } from "./merged.tsx";

/** The document that is shown of each plugin; -1: the merged result. */
const shown = signal(new Map<number, number>());

export function Chain() {
  return (
    <section class="chain" tabIndex={0} aria-label="Chain">
      <h2>Chain</h2>
      <ol>{plugins.value.map((plugin, index) => <li key={plugin.id}><One plugin={plugin} index={index} /></li>)}</ol>
      <Add />
    </section>
  );
}

function One({ plugin, index }: { plugin: ChainPlugin; index: number }) {
  const { manifest, problems, faults, unfit, isOn, isShadow } = plugin;
  const at = shown.value.get(plugin.id) ?? plugin.rules.value.length - 1;
  const goOn = isShadow.value || manifest.value?.onFailure !== "block";
  const show = (document: number) => (shown.value = new Map(shown.value).set(plugin.id, document));
  return (
    <details class={`plugin${isOn.value ? "" : " off"}`} open={isOn.value}>
      <summary>
        <span class="title">{plugin.name}</span>
        <span class="version">{manifest.value?.version}</span>
        {problems.value.length > 0 && <span class="bad">{problems.value.length} {problems.value.length === 1 ? "problem" : "problems"}</span>}
        {faults.value.length > 0 && <span class="bad">{faults.value.length} at fault</span>}
      </summary>
      <div class="bar">
        <label>
          <input type="checkbox" checked={isOn.value} onChange={(event) => void turn(plugin, event.currentTarget.checked)} /> on
        </label>
        <label title="What it makes of spans is shown as what would be, and they go on as they came">
          <input type="checkbox" checked={isShadow.value} onChange={(event) => void turnShadow(plugin, event.currentTarget.checked)} /> shadow
        </label>
        <button type="button" aria-label={`Up: ${plugin.name}`} disabled={index === 0} onClick={() => move(index, -1)}>Up</button>
        <button type="button" aria-label={`Down: ${plugin.name}`} disabled={index === plugins.value.length - 1} onClick={() => move(index, 1)}>Down</button>
        <button type="button" aria-label={`Remove: ${plugin.name}`} onClick={() => reorder((all) => all.filter((one) => one !== plugin))}>Remove</button>
        <button type="button" onClick={() => addOverlay(plugin)} aria-label={`Add overlay of ${plugin.name}`}>Add overlay</button>
      </div>
      {unfit.value !== undefined && <p class="bad" role="alert">{unfit.value}</p>}
      <Secrets plugin={plugin} />
      <div class="tabs" role="group" aria-label={`Rules of ${plugin.name}`}>
        {plugin.rules.value.map(({ name }, document) => (
          <button type="button" aria-pressed={at === document} title={name} onClick={() => show(document)}>{name.split("/").at(-1)}</button>
        ))}
        <button type="button" aria-pressed={at === -1} onClick={() => show(-1)}>merged</button>
      </div>
      {at === -1 ? <Merged plugin={plugin} /> : <RulesEditor key={at} plugin={plugin} document={at} show={show} />}
      {faults.value.slice(0, 5).map(({ batch, message, isOwn }) => (
        <p class="bad" role="alert">batch {batch}: {message}{!isOwn && `; its spans ${goOn ? "went on as they were" : "did not go on"}`}</p>
      ))}
      <Said plugin={plugin} />
    </details>
  );
}

/** Secrets are typed in and never stored: they are gone with the page. */
function Secrets({ plugin }: { plugin: ChainPlugin }) {
  return (
    <>
      {[...plugin.secrets.value].map(([name, typed]) => (
        <div class="bar secret">
          <label>
            Secret {name}
            <input type="password" autocomplete="off" value={typed} onChange={(event) => give(plugin, name, event.currentTarget.value)} />
          </label>
          <button type="button" onClick={() => give(plugin, name, random())}>Make one</button>
          <span class="hint">stays in this page</span>
        </div>
      ))}
    </>
  );
}

function give(plugin: ChainPlugin, name: string, typed: string): void {
  plugin.secrets.value = new Map(plugin.secrets.value).set(name, typed);
  plugin.end();
  void runNow();
}

function random(): string {
  return [...crypto.getRandomValues(new Uint8Array(32))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function Said({ plugin: { counters, log } }: { plugin: ChainPlugin }) {
  if (counters.value.size === 0 && log.value.length === 0) {
    return null;
  }
  return (
    <details>
      <summary>Counters and log</summary>
      <table>
        <tbody>{[...counters.value].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, sum]) => <tr><th scope="row">{name}</th><td>{sum.toString()}</td></tr>)}</tbody>
      </table>
      {log.value.map((line) => <p class="log">{line}</p>)}
    </details>
  );
}

async function turn(plugin: ChainPlugin, isOn: boolean): Promise<void> {
  plugin.isOn.value = isOn;
  await runNow();
}

async function turnShadow(plugin: ChainPlugin, isShadow: boolean): Promise<void> {
  plugin.isShadow.value = isShadow;
  await runNow();
}

function move(index: number, by: number): void {
  reorder((all) => {
    const [plugin] = all.splice(index, 1);
    all.splice(index + by, 0, plugin!);
    return all;
  });
}

function addOverlay(plugin: ChainPlugin): void {
  const name = `overlay-${plugin.rules.value.length}.yaml`;
  plugin.rules.value = [...plugin.rules.value, { name, text: signal("") }];
  shown.value = new Map(shown.value).set(plugin.id, plugin.rules.value.length - 1);
  void runNow();
}

function Add() {
  const take = async (files: FileList | null) => {
    for (const file of files ?? []) {
      await addPlugin(file.name, new Uint8Array(await file.arrayBuffer()));
    }
  };
  const known = start.value?.plugins ?? [];
  return (
    <div class="bar">
      <label>
        Add a plugin
        <select value="" onChange={(event) => void addKnown(event.currentTarget.value)}>
          <option value="">choose…</option>
          {known.map(({ name }) => <option value={name}>{name}</option>)}
        </select>
      </label>
      <label>
        or a file
        <input type="file" accept=".wasm" onChange={(event) => void take(event.currentTarget.files)} />
      </label>
    </div>
  );
}

async function addKnown(name: string): Promise<void> {
  const url = start.value?.plugins.find((plugin) => plugin.name === name)?.url;
  if (url === undefined) {
    return;
  }
  try {
    await addPlugin(name, await fetchBytes(url));
  } catch (error) {
    trouble.value = (error as Error).message;
  }
}
