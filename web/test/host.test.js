// The plugins of `dist/`, run in a real browser.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { goldenFiles, open } from "./browser.js";

let page;
before(async () => {
  page = await open();
});
after(() => page.close());

// Guarantees: the same batch, rules, secrets, time and state give the same bytes here as natively and
// on wazero, also where the host's clock is asked at every step.
test("the golden corpus is replayed byte for byte", async (t) => {
  const files = await goldenFiles();
  assert.notEqual(files.length, 0, "found no golden files; write them first: `make test` in the project's root");
  for (const [budget, rounds] of [["usual budget", 100_000], ["budget of one round", 1]]) {
    for (const file of files) {
      await t.test(`${file}, ${budget}`, async () => {
        assert.deepEqual(await page.call("replay", file, rounds), []);
      });
    }
  }
});

test("a plugin that spins is stopped by its meter", async () => {
  const { what, afterMillis, next } = await page.call("misbehaves", "spin", 200, false);
  assert.equal(what, "Crash: ran longer than 200ms");
  assert.equal(next, "Crash: ran longer than 200ms");
  assert.ok(afterMillis < 450, `after ${afterMillis} ms`);
});

// Scenario: the meter is given so many rounds that it does not ask while the test runs.
test("a plugin that asks nobody for time is ended from outside", async () => {
  const { what, afterMillis, next } = await page.call("misbehaves", "spin", 200, true);
  assert.equal(what, "Crash: ran longer than 200ms");
  assert.equal(next, "Crash: ran longer than 200ms");
  assert.ok(afterMillis >= 450 && afterMillis < 2000, `after ${afterMillis} ms`);
});

for (const [does, expected] of [
  ["recurse", "Crash: called itself too deep"],
  ["trap", "Crash: trapped: unreachable"],
  // Which of the two a browser does not tell.
  ["allocate", "Crash: trapped: unreachable"],
  ["fail", "Failure: told to fail"],
  ["drop-beyond", "Crash: broke the contract: "],
  ["note", "Crash: broke the contract: answered with notes that nobody asked for"],
  ["count-unknown", "Crash: broke the contract: counter `"],
  ["count-many", "Crash: broke the contract: counters have more than 1024 sets of labels"],
]) {
  test(`a plugin that does \`${does}\` is told of in the words of every host`, async () => {
    const { what } = await page.call("misbehaves", does, 1000, false);
    assert.ok(what.startsWith(expected), what);
  });
}

test("a file that is no plugin is refused in the words of every host", async () => {
  const text = await page.call("opens", [1, 2, 3]);
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
  assert.equal(await page.call("throughBytes", batch([integer])), batch([integer]));
});

test("2^53 + 1 survives beside an attribute that a plugin masks", async () => {
  const mail = { key: "note", value: { stringValue: "write to anna@example.org" } };
  const { went, differences, told } = await page.call("through", "redact-pii", "detectors: {email: {}}\n", batch([integer, mail]));
  assert.ok(went.includes(`"startTimeUnixNano":"${TIME}"`) && went.includes(`"intValue":"${INTEGER}"`), went);
  assert.ok(!went.includes("anna@example.org"), went);
  const [unit] = JSON.parse(differences.json);
  assert.equal(unit.changes[0].place, "note");
  assert.equal(unit.changes[0].was.value.stringValue, "write to anna@example.org");
  assert.equal(JSON.parse(told)[unit.changes[0].notes[0]].deed, "masked");
});
