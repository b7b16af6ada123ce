// The plugins of `dist/`, run in a real browser.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";

import { goldenFiles, open } from "./browser.js";

let browser;
before(async () => {
  browser = await open();
});
after(() => browser.close());

// Guarantees: the same batch, rules, secrets, time and state give the same bytes here as natively and
// on wazero, also where the host's clock is asked at every step.
test("the golden corpus is replayed byte for byte", async (t) => {
  const files = await goldenFiles();
  assert.notEqual(files.length, 0, "found no golden files; write them first: `make test` in the project's root");
  for (const [budget, rounds] of [["usual budget", 100_000], ["budget of one round", 1]]) {
    for (const file of files) {
      await t.test(`${file}, ${budget}`, async () => {
        assert.deepEqual(await browser.call("replay", file, rounds), []);
      });
    }
  }
});

test("a plugin that spins is stopped by its meter", async () => {
  const { what, afterMillis, next } = await browser.call("misbehaves", "spin", 200, false);
  assert.equal(what, "Crash: ran longer than 200ms");
  assert.equal(next, "Crash: ran longer than 200ms");
  assert.ok(afterMillis < 450, `after ${afterMillis} ms`);
});

// Scenario: the meter is given so many rounds that it does not ask while the test runs.
test("a plugin that asks nobody for time is ended from outside", async () => {
  const { what, afterMillis, next } = await browser.call("misbehaves", "spin", 200, true);
  assert.equal(what, "Crash: ran longer than 200ms");
  assert.equal(next, "Crash: ran longer than 200ms");
  assert.ok(afterMillis >= 450 && afterMillis < 2000, `after ${afterMillis} ms`);
  await browser.withoutWorkers();
});

for (const [does, expected] of [
  ["recurse", "Crash: called itself too deep"],
  ["trap", "Crash: trapped: unreachable"],
  // Which of the two a browser does not tell.
  ["allocate", "Crash: trapped: unreachable"],
  ["fail", "Failure: told to fail"],
  ["drop-beyond", "Crash: broke the contract: "],
  ["make-same", "Crash: broke the contract: made span 0 with the ids of span 0 of the view, which it does not drop"],
  ["make-twice", "Crash: broke the contract: made span "],
  ["make-many", "Crash: broke the contract: made spans of more than 1,000,000 parts"],
  ["make-deep", "Crash: broke the contract: made spans with values in more than 32 lists and maps"],
  ["note", "Crash: broke the contract: answered with notes that nobody asked for"],
  ["count-unknown", "Crash: broke the contract: counter `"],
  ["count-many", "Crash: broke the contract: counters have more than 1000 sets of labels"],
  ["count-wide", "Crash: broke the contract: a series has 17 labels; expected at most 16"],
]) {
  test(`a plugin that does \`${does}\` is told of in the words of every host`, async () => {
    const { what } = await browser.call("misbehaves", does, 1000, false);
    assert.ok(what.startsWith(expected), what);
  });
}

test("a page grants secrets and hears what is counted", async () => {
  const { without, with: answered, counted } = await browser.call("asksForASecret");
  assert.equal(without.problems.length, 1);
  assert.deepEqual(answered, ["configured", "documents"]);
  assert.deepEqual(counted, ['batches_seen [["kind","any"]] bigint 1']);
});

test("what a plugin says of a failure is cut, and lists of an answer have an end", async () => {
  const { what } = await browser.call("misbehaves", "fail-long", 1000, false);
  assert.equal(what.length, "Failure: ".length + 4096);
  const refused = await browser.call("configures", "does: protect-much\nduring: configure\n");
  assert.equal(refused, "Crash: broke the contract: an answer has more than 100000 elements in its lists");
});

// Guarantees: as in every host, a hundred lines at once and ten a second.
test("a plugin that writes without end is heard ten times a second", async () => {
  const [first, second] = await browser.call("writesLines");
  assert.equal(first.length, 100);
  assert.equal(second[0], "warn lines of the plugin that were left out, for it writes more than 10 a second: 50");
  assert.equal(second.length, 11);
});

test("a plugin that has more changes to tell says so", async () => {
  assert.equal(await browser.call("tellsMore"), true);
});

test("an entry that is gone is not one without bytes", async () => {
  const file = "enrich-order-status/follows-an-order-over-several-messages.json";
  const { entries, gone, empty } = await browser.call("damaged", file);
  assert.notEqual(entries, 0);
  assert.deepEqual({ gone, empty }, { gone: 0, empty: entries });
});

for (const [claim, [function_, ...given], expected] of [
  ["keeps a mark of byte order at its beginning", ["textOf", 64, 4, [0xef, 0xbb, 0xbf, 0x61]], "\ufeffa"],
  ["must be UTF-8", ["textOf", 64, 1, [0xff]], "broke the contract: a string is not UTF-8"],
  ["must lie in the memory", ["textOf", 65_535, 2, []], "broke the contract: a value of 2 bytes runs past the end of the memory"],
  ["cannot be longer than the memory", ["textOf", 0, 0xffff_ffff, []], "broke the contract: a value of 4294967295 bytes is larger than the memory"],
]) {
  test(`a text ${claim}`, async () => {
    assert.equal(await browser.call(function_, ...given), expected);
  });
}

test("lists that overlap cannot make an answer larger than the memory", async () => {
  assert.equal(await browser.call("listsOfAPage", 1), "read");
  const expected = "broke the contract: an answer holds more than the memory, for its values overlap";
  assert.equal(await browser.call("listsOfAPage", 2), expected);
});

test("what a plugin allocates must lie in the memory, where the type may stand", async () => {
  assert.equal(await browser.call("allocates", 8, 4, 4), "8");
  assert.equal(await browser.call("allocates", 6, 4, 4), "broke the contract: a pointer is not a multiple of 4");
  const past = "broke the contract: a value of 4 bytes runs past the end of the memory";
  // As WebAssembly hands an address of 2^31 or more to JavaScript.
  assert.equal(await browser.call("allocates", -4, 4, 4), past);
});

test("a file that is no plugin is refused in the words of every host", async () => {
  const text = await browser.call("opens", [1, 2, 3]);
  const expected = "expected a component that exports `lapidary:processor/plugin@0.2.0`";
  assert.equal(text, `found a file that is not WebAssembly; ${expected}`);
});

const TIME = "1772442000000000001";
const INTEGER = "9007199254740993";
const batch = (attributes) =>
  JSON.stringify({
    resourceSpans: [{ scopeSpans: [{ spans: [{ startTimeUnixNano: TIME, attributes }] }] }],
  });
const integer = { key: "order.number", value: { intValue: INTEGER } };

test("2^53 + 1 and a time in nanoseconds survive the way to bytes and back", async () => {
  assert.equal(await browser.call("throughBytes", batch([integer])), batch([integer]));
});

test("2^53 + 1 survives beside an attribute that a plugin masks, and is shown whole", async () => {
  const mail = { key: "note", value: { stringValue: "write to anna@example.org" } };
  const rules = "detectors: {email: {}}\n";
  const { went, rows, details, why } = await browser.call("through", "redact-pii", rules, batch([integer, mail]), "order.number");
  assert.ok(went.includes(`"startTimeUnixNano":"${TIME}"`) && went.includes(`"intValue":"${INTEGER}"`), went);
  assert.ok(!went.includes("anna@example.org"), went);
  const row = rows.rows.find(({ on }) => on === "span");
  assert.deepEqual([row.start, row.changes], [TIME, 1]);
  const [before, after] = details.stages;
  const [change] = before.changes;
  assert.deepEqual([change.place, change.was, change.is], ["note", '"write to anna@example.org"', '"write to [email]"']);
  assert.deepEqual(change.reasons.map(({ deed, rule }) => [deed, rule.path, rule.line]), [["masked", "detectors.email", 1]]);
  assert.equal(after.values.find(({ place }) => place === "order.number").value, INTEGER);
  assert.deepEqual(why.map(({ answers }) => answers.map(({ word }) => word)), [["not read"]]);
});

// Guarantees: a page says what `lapidary compare` says of the same rules and spans, byte for byte.
test("two sets of rules are compared as on the command line", async () => {
  const text = (path) => readFile(new URL(`../../${path}`, import.meta.url), "utf8");
  const document = async (name) => ({ name, text: await text(name) });
  const base = await document("rules/redact-pii/base.yaml");
  const looser = await document("testdata/screens/input/looser.yaml");
  const spans = await text("testdata/screens/input/spans.json");
  const found = await browser.call("compares", "redact-pii", [[base], [base, looser]], spans, {});
  assert.equal(found.text, await text("testdata/screens/compares-what-is-only-lost/out.txt"));
  const { leaves, loosened } = found.findings;
  assert.equal(found.left.leaves.length, leaves.length);
  assert.deepEqual(loosened[0].old.by[0], { plugin: "redact-pii", path: 'attributes."customer.*"', document: base.name, line: 15 });
  assert.equal(leaves.find((leaf) => leaf.place === "customer.name").doubt, "read");
});
