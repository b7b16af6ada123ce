// The cases that every host runs (`testdata/hosts`), with the page's host in a real browser.
//
// The page does not search for the spans at fault of a batch. So where a case has some, each span comes in a batch of
// its own, which is what a search comes down to; how often a line is said by the way tells nothing then.

import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { after, before, test } from "node:test";

import { parse, stringify } from "yaml";

import { open } from "./browser.js";

/** Why the page cannot run a case. */
const NOT_HERE = {
  "a page reads of a config its plugins, rules and shadow; the rest is the processor's": [
    "an-empty-default-is-a-text", "an-unset-variable-is-nothing", "a-text-is-as-it-was-written",
    "keys-with-two-colons-are-maps", "never-quotes-what-may-be-a-secret", "only-the-first-document-is-read",
    "refuses-a-file-of-faults-that-nobody-could-read", "refuses-a-file-that-is-not-there", "refuses-a-key-that-is-given-twice",
    "refuses-a-number-in-quotes", "refuses-a-processor-without-plugins", "refuses-a-sight-of-no-kind",
    "refuses-a-shadow-that-is-neither-true-nor-false", "refuses-a-sight-that-means-nothing", "refuses-a-sight-that-says-nothing",
    "refuses-a-storage-that-has-no-name", "refuses-an-unknown-source", "refuses-durations-below-zero",
    "refuses-durations-that-go-does-not-know", "refuses-faults-that-are-no-map", "refuses-numbers-that-do-not-fit",
    "refuses-numbers-that-no-host-can-hold", "refuses-plugins-that-are-no-list", "refuses-to-look-at-files-all-the-time",
    "refuses-what-is-no-yaml", "takes-durations-as-go-writes-them", "takes-a-whole-number-however-it-is-written",
    "tells-every-problem-of-every-plugin", "tells-every-source-that-is-missing",
  ],
  "variables of a config are the Collector's to put in": [
    "a-config-is-made-of-files", "a-shadow-that-is-false-is-none", "a-variable-holds-rules",
    "a-variable-inside-a-text-is-as-it-was-written", "a-variable-inside-rules-is-a-value",
    "a-variable-that-is-a-number-is-one", "defaults-of-variables-nest", "dollar-signs-stand-for-themselves",
    "refuses-a-variable-that-holds-itself", "refuses-a-variable-with-a-wrong-name",
    "variables-in-rules-inside-a-config-are-the-collectors",
  ],
  "rules inside a config become a text with lines": ["refuses-a-secret-that-is-not-granted", "rules-inside-a-config-have-no-lines"],
  "a page's files are text before it gets them": ["refuses-rules-that-are-no-text"],
  "nobody signs what is dropped on a page": ["refuses-what-nobody-signed", "signed-rules-are-taken", "what-cosign-signed-is-taken"],
  "secrets are typed into a page, and are text": ["grants-secrets"],
  "a page shows a plugin with its own failure policy, and all that it asks to see": [
    "a-plugin-sees-no-more-than-it-may", "refuses-a-plugin-that-reads-more-than-it-may",
    "spans-at-fault-go-on-where-the-policy-is-pass",
  ],
  "a page always asks why, so that other notes are at fault": ["notes-that-nobody-asked-for-are-the-plugins-fault"],
  "a page does not search for spans at fault": ["a-batch-that-is-not-searched-to-its-end-comes-again"],
  "a browser does not tell that memory was refused": ["a-state-that-leaves-no-memory-is-given-up"],
};
const notHere = new Map(Object.entries(NOT_HERE).flatMap(([why, names]) => names.map((name) => [name, why])));

const folder = new URL("../../testdata/hosts/", import.meta.url);
const entries = await readdir(folder, { withFileTypes: true });
const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name).sort();

let browser;
before(async () => {
  browser = await open();
});
after(() => browser.close());

test("every case that is not run is there", () => {
  assert.deepEqual([...notHere.keys()].filter((name) => !names.includes(name)), []);
});

for (const name of names) {
  test(name, { skip: notHere.get(name) ?? false }, async () => {
    const read = await files(name);
    const expected = read.get("expected.json") === undefined ? undefined : JSON.parse(read.get("expected.json"));
    const played = await browser.call("plays", given(read, expected));
    if (expected === undefined) {
      compareLines(played.problems.map(placed), read.get("error.txt").trimEnd().split("\n").map(told));
    } else {
      assert.deepEqual(played.problems, []);
      const [faults, log] = split(expected.log);
      const said = played.log.map(({ level, message }) => `${level}: ${message}`);
      const once = (lines) => (faults.length > 0 ? [...new Set(lines)] : lines);
      compareLines(once(played.deeds), once(faults));
      compareLines(once(said), once(log));
      assert.deepEqual(played.passes.flatMap((text) => alone(JSON.parse(text))).sort(), expected.passes.flatMap(alone).sort());
    }
  });
}

// No case can say so: hosts that search say it as often as they search.
test("a plugin that tells changes without end is not asked without end", async () => {
  const plugins = [{ module: "misbehaving.wasm", documents: [{ name: "r", text: "does: repeat\nduring: changes\n" }], isShadow: false }];
  const limits = { timeoutMillis: 1000, memoryBytes: 16 << 20, stateBytes: 1 << 20, rounds: 100_000 };
  const batches = '{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"one"}]}]}]}';
  const { log, passes } = await browser.call("plays", { plugins, batches, limits, maxViewBytes: 0, variables: {} });
  const end = "broke the contract: told changes without end";
  const state = "the state that was kept, 1 entries, cannot be taken over, the plugin goes on without it";
  assert.deepEqual(log.map(({ message }) => message), [`what changed of the state was not told: ${end}`, `${state}: ${end}`]);
  assert.equal(passes.length, 1);
});

async function files(name) {
  const found = await readdir(new URL(`${name}/`, folder));
  const text = async (file) => [file, await readFile(new URL(`${name}/${file}`, folder), "utf8")];
  return new Map(await Promise.all(found.map(text)));
}

/** What the page is given: the config's plugins, rules and limits. */
function given(read, expected) {
  const { processor, env = {} } = parse(read.get("case.yaml"));
  const config = parse(read.get("collector.yaml"), { merge: true }).processors[processor];
  const plugins = config.plugins.map(({ module, rules, shadow }) => ({
    module: module.replace("dist/", ""),
    documents: documents(rules, read),
    isShadow: shadow === true,
  }));
  const limits = {
    timeoutMillis: millis(config.timeout ?? "1s"),
    memoryBytes: (config.memory_limit_mib ?? 128) << 20,
    stateBytes: (config.state_limit_mib ?? 256) << 20,
    rounds: 100_000,
  };
  const lines = (read.get("batches.jsonl") ?? "").split("\n").filter((line) => line !== "");
  const hasFaults = split(expected?.log ?? [])[0].length > 0;
  const batches = (hasFaults ? lines.flatMap(spanBySpan) : lines).join("\n");
  return { plugins, batches, limits, maxViewBytes: config.max_batch_bytes ?? 4 << 20, variables: variables(read, env) };
}

function documents(rules, read) {
  if (typeof rules === "object" && !Array.isArray(rules)) {
    return [{ name: "rules", text: stringify(rules) }];
  }
  return [rules].flat().map((name) => ({ name, text: read.get(name) }));
}

/** As a page's server tells them. */
function variables(read, env) {
  const named = [...read].flatMap(([, text]) => [...text.matchAll(/\$\{env:([A-Za-z_]\w*)/g)].map(([, name]) => name));
  return Object.fromEntries(named.map((name) => [name, env[name] === undefined ? "unset" : { set: String(env[name]) }]));
}

function millis(duration) {
  const [, count, unit] = /^([\d.]+)(ms|s)$/.exec(duration);
  return Number(count) * (unit === "s" ? 1000 : 1);
}

/** A batch for each span, and one for what has none. */
function spanBySpan(line) {
  return pieces(JSON.parse(line)).map((piece) => JSON.stringify(piece));
}

function pieces({ resourceSpans = [] }) {
  return resourceSpans.flatMap(({ scopeSpans = [], ...resource }) => {
    const of = (scopeSpans) => ({ resourceSpans: [{ ...resource, scopeSpans }] });
    const scopes = scopeSpans.flatMap(({ spans = [], ...scope }) =>
      spans.length === 0 ? [of([scope])] : spans.map((span) => of([{ ...scope, spans: [span] }])));
    return scopes.length === 0 ? [of([])] : scopes;
  });
}

/** Each span alone, in one form. */
function alone(traces) {
  return pieces(traces).map((piece) => JSON.stringify(plain(piece)));
}

/** Keys and attributes in order; an empty object or list is none. */
function plain(value) {
  if (Array.isArray(value)) {
    const all = value.map(plain).filter((one) => one !== undefined);
    return all.length === 0 ? undefined : all.every((one) => one.key !== undefined) ? all.toSorted((a, b) => (a.key < b.key ? -1 : 1)) : all;
  }
  if (typeof value !== "object" || value === null) {
    return value;
  }
  const kept = Object.entries(value).map(([key, inner]) => [key, plain(inner)]).filter(([, inner]) => inner !== undefined);
  return kept.length === 0 ? undefined : Object.fromEntries(kept.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** What plugins did at spans that they could not process, and the other lines of the log. */
function split(log) {
  const fault = /(?:(?:was|were) not|would not have been) passed on: the plugin (.*)$/;
  // That memory was refused a browser does not tell; and a page ends who asks nobody for time, without a word before.
  const memory = /^asked for more than .* of memory$/;
  const unsaid = /found a module that says it is metered and is not/;
  const faults = log.flatMap(({ message }) => fault.exec(message)?.[1].replace(memory, "trapped: unreachable") ?? []);
  const others = log.filter(({ message }) => !fault.test(message) && !unsaid.test(message));
  return [faults, others.map(({ level, message }) => `${level}: ${message}`)];
}

/** A problem without where its file lies. A page has the rules, and not the plugin, for what a plugin did over them. */
function told(line) {
  return line.replace(/^DIR\//, "").replace(/^dist\/\S+: (?=found a plugin)/, "");
}

function placed(line) {
  return line.replace(/^\S+:0: /, "");
}

/** In any order; `…` stands for any text. */
function compareLines(found, expected) {
  const left = [...found];
  for (const line of expected) {
    const pattern = new RegExp(`^${line.split("…").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join(".*")}$`, "su");
    const at = left.findIndex((text) => pattern.test(text));
    assert.notEqual(at, -1, `found no line \`${line}\` in ${JSON.stringify(left.slice(0, 20))}`);
    left.splice(at, 1);
  }
  assert.deepEqual(left, []);
}
