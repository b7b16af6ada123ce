// What the playground takes and gives: files, configs, secrets, links, cases; and what is wrong with them.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { test } from "node:test";

import { misbehaving, planted, ready, settled } from "./playground.js";
import {
  addOverlay, add, button, choose, editor, isQuiet, own, page, show, spans, typeAtEnd, usePlayground,
} from "./steps.js";

usePlayground();

test("spans and a Collector's config are pasted", async () => {
  await button("Paste").click();
  const paste = async (text) => {
    await page.locator(".paste textarea").fill(text);
    await settled(page);
  };
  await paste(own());
  assert.equal(await spans(), "1 of 1 spans");
  await button("Paste").click();
  await paste(
    "processors:\n  lapidary/outside:\n    plugins:\n" +
      "      - module: plugins/redact-pii.wasm\n        rules: { detectors: { phone: {} } }\n" +
      "      - { module: elsewhere/other.wasm, rules: other.yaml }\n",
  );
  assert.deepEqual(await page.locator(".plugin .title").allTextContents(), ["redact-pii"]);
  assert.match(await editor("redact-pii").textContent(), /detectors:.*phone/);
  assert.equal(await page.getByRole("alert").first().textContent(), "pasted: these files are not in the page: other.wasm; drop them on it Close this message");
});

test("what a plugin in the shadow would do is shown, and spans go on as they came", async () => {
  await add("own.json", own());
  await button("Paste").click();
  const rules = "{ detectors: { phone: {} }, attributes: { note: mask } }";
  await page.locator(".paste textarea").fill(
    `processors: { lapidary: { plugins: [{ module: redact-pii.wasm, rules: ${rules}, shadow: true }] } }\n`,
  );
  await settled(page);
  await page.getByLabel("Show values").check();
  await settled(page);
  assert.equal(await page.locator(".span.changed").count(), 0);
  await page.locator(".span", { hasText: "Zlata" }).first().click();
  const details = page.locator(".details");
  await details.getByText("redact-pii (shadow): what would be").waitFor();
  assert.match(await details.textContent(), /"Анна Пробная""\[masked\]".*attributes\.note/);
  await button("After redact-pii").click();
  assert.match(await details.locator(".values").textContent(), /Анна Пробная/);
  assert.doesNotMatch(await details.locator(".values").textContent(), /masked/);
  await page.getByText("Share", { exact: true }).click();
  await button("Collector config").click();
  assert.match(await page.locator(".shared textarea").inputValue(), /shadow: true/);
  await page.locator(".plugin").getByLabel("shadow").uncheck();
  await settled(page);
  assert.equal(await page.locator(".span.changed").count(), 1);
});

test("a secret is typed in or made, and goes with the page", async () => {
  const plugin = page.locator(".plugin", { hasText: "hash-operator-id" });
  await plugin.locator("summary").first().click();
  await plugin.getByLabel("on").check();
  await settled(page);
  assert.match(await plugin.textContent(), /operator-key-1/);
  assert.match(await plugin.locator("summary").first().textContent(), /1 problem/);
  await plugin.getByRole("button", { name: "Make one" }).click();
  await settled(page);
  assert.doesNotMatch(await plugin.locator("summary").first().textContent(), /problem/);
  const secret = await plugin.getByLabel("Secret operator-key-1").inputValue();
  await page.getByText("Share", { exact: true }).click();
  await button("Link").click();
  const packed = Buffer.from((await page.locator(".shared textarea").inputValue()).split("#chain=")[1], "base64url");
  const { inflateSync, strFromU8 } = await import("fflate");
  assert.ok(secret.length === 64 && !strFromU8(inflateSync(packed)).includes(secret));
});

test("what is dropped on the page is taken for what its name says", async () => {
  const text = own();
  const dropped = await page.evaluateHandle((text) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([text], "dropped.json", { type: "application/json" }));
    return transfer;
  }, text);
  await page.locator(".page").dispatchEvent("drop", { dataTransfer: dropped });
  await settled(page);
  assert.equal(await spans(), "1 of 1 spans");
});

test("a case of the span in view is a folder that `lapidary test` takes", async () => {
  await show("changed");
  await page.locator(".span.changed:not(:has-text('resource'))").first().click();
  await page.getByText("Share", { exact: true }).click();
  const told = page.waitForEvent("download");
  await button("Case from the span in view").click();
  const { unzipSync, strFromU8 } = await import("fflate");
  const files = unzipSync(await readFile(await (await told).path()));
  assert.deepEqual(Object.keys(files).filter((name) => name.includes("redact-pii")).sort(), [
    "case/redact-pii/case.yaml", "case/redact-pii/input.json", "case/redact-pii/rules-1.yaml",
  ]);
  const spans = JSON.parse(strFromU8(files["case/redact-pii/input.json"])).resourceSpans;
  assert.equal(spans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans)).length, 1);
  assert.match(strFromU8(files["case/redact-pii/case.yaml"]), /^about: .*\nplugin: redact-pii\nrules:\n {2}- rules-1\.yaml\nsteps:\n {2}- batch: input\.json\n {4}now: 20\d\d-/);
});

test("a link holds the rules, no span and no secret, and opens the same chain", async () => {
  await addOverlay("redact-pii");
  await typeAtEnd("redact-pii", "detectors: {email: null}\n");
  await page.getByText("Share", { exact: true }).click();
  await button("Link").click();
  const link = await page.locator(".shared textarea").inputValue();
  const other = await page.context().newPage();
  await other.goto(link);
  await ready(other);
  const rules = await other.locator(".plugin", { hasText: "redact-pii" }).locator(".cm-content").textContent();
  assert.match(rules, /detectors: \{email: null\}/);
  assert.equal(await other.getByRole("alert").count(), 0);
  const { inflateSync, strFromU8 } = await import("fflate");
  const packed = Buffer.from(link.split("#chain=")[1], "base64url");
  const held = strFromU8(inflateSync(packed));
  for (const value of await planted()) {
    assert.ok(!held.includes(value), value);
  }
  await other.close();
  await button("Collector config").click();
  assert.match(await page.locator(".shared textarea").inputValue(), /module: plugins\/redact-pii\.wasm/);
});

test("a link that was made with other modules says so", async () => {
  await page.getByText("Share", { exact: true }).click();
  await button("Link").click();
  const link = await page.locator(".shared textarea").inputValue();
  const { deflateSync, inflateSync, strFromU8, strToU8 } = await import("fflate");
  const [address, packed] = link.split("#chain=");
  const chain = JSON.parse(strFromU8(inflateSync(Buffer.from(packed, "base64url"))));
  chain[0].digest = "0".repeat(64);
  const changed = Buffer.from(deflateSync(strToU8(JSON.stringify(chain)))).toString("base64url");
  const other = await page.context().newPage();
  await other.goto(`${address}#chain=${changed}`);
  await ready(other);
  assert.match(await other.getByRole("alert").first().textContent(), /made with other modules of enrich-order-status/);
  await other.goto("about:blank");
  await other.goto(`${address}#chain=AAAA`);
  await other.getByText("found a link that holds no chain of at most 20 plugins").waitFor();
  assert.equal(await other.locator(".plugin").count(), 4);
  await other.close();
});

test("a file that is no recording of ours hides its values until a switch is set", async () => {
  const file = { name: "own.json", mimeType: "application/json", buffer: Buffer.from(own()) };
  await page.locator("header input[type=file]").setInputFiles(file);
  await settled(page);
  assert.equal(await spans(), "1 of 1 spans");
  await page.locator(".span", { hasText: "‹" }).first().click();
  await page.locator(".details .values").waitFor();
  const hidden = await page.locator("body").textContent();
  for (const value of ["Пробная", "Zlata-Petrova", "9007199254740993"]) {
    assert.ok(!hidden.includes(value), value);
  }
  assert.match(hidden, /text, 12 characters, 2 words, Cyrillic/);
  await page.getByLabel("Show values").check();
  await page.locator(".span", { hasText: "Zlata-Petrova" }).first().click();
  await page.locator(".details .values", { hasText: "9007199254740993" }).waitFor();
});

// Scenario: the switch is set and taken back while spans go through; then another file comes.
test("values are gone at once where the switch is taken back, and hidden in the next file", async () => {
  const lines = Array.from({ length: 400 }, () => own()).join("\n");
  await add("many.jsonl", lines);
  await page.getByLabel("Show values").check();
  await settled(page);
  await page.locator(".span", { hasText: "Zlata" }).first().waitFor();
  await button("Run again").click();
  await page.getByLabel("Show values").uncheck();
  assert.ok(!(await page.locator("body").textContent()).includes("Zlata"));
  await settled(page);
  await page.locator(".span").first().click();
  await page.locator(".details .values").waitFor();
  assert.ok(!(await page.locator("body").textContent()).includes("Zlata"));
  await page.getByLabel("Show values").check();
  await settled(page);
  await page.locator(".span", { hasText: "Zlata" }).first().waitFor();
  await add("next.json", own());
  assert.ok(!(await page.locator("body").textContent()).includes("Zlata"));
});

for (const [claim, name, content, expected] of [
  ["spans that do not decode", "broken.json", '{"resourceSpans": 7}', /broken\.json: .*expected/],
  ["a file without spans", "empty.json", '{"resourceSpans": []}', /empty\.json: found no span/],
  ["a module that is no plugin", "no.wasm", "\0asm", /expected a component that exports/],
]) {
  test(`${claim} are told of in place, and the page goes on`, async () => {
    await page.locator("header input[type=file]").setInputFiles({ name, mimeType: "application/octet-stream", buffer: Buffer.from(content) });
    await settled(page);
    assert.match((await page.getByRole("alert").allTextContents()).join("\n"), expected);
    const remove = page.getByRole("button", { name: "Remove: no", exact: true });
    if (await remove.count() > 0) {
      await remove.click();
    }
    await choose("redelivery");
    assert.match(await spans(), /^(\d\d+) of \1 spans$/);
  });
}

test("a file beyond the limit is refused with the command to use", async () => {
  const dropped = await page.evaluateHandle(() => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([new Uint8Array(257 << 20)], "large.binpb"));
    return transfer;
  });
  await page.locator(".page").dispatchEvent("drop", { dataTransfer: dropped });
  const expected = "large.binpb: found more than 256 MiB; for so much there is `lapidary run --diff --plugin PLUGIN.wasm=RULES.yaml FILE`";
  assert.ok((await page.getByRole("alert").first().textContent()).startsWith(expected));
  assert.equal(await spans(), "365 of 365 spans");
});

test("a module that spins is stopped, and the page says so and goes on", async () => {
  await page.locator("header input[type=file]").setInputFiles({ name: "misbehaving.wasm", mimeType: "application/wasm", buffer: await misbehaving() });
  await settled(page);
  await editor("misbehaving").click();
  await page.keyboard.insertText("does: spin\n");
  const plugin = page.locator(".plugin", { hasText: "misbehaving" });
  await plugin.getByText("ran longer than").first().waitFor({ timeout: 30_000 });
  await plugin.getByRole("button", { name: "Remove: misbehaving" }).click();
  await settled(page);
  await choose("redelivery");
  assert.match(await spans(), /^(\d\d+) of \1 spans$/);
});

for (const scheme of ["light", "dark"]) {
  for (const width of [1440, 640]) {
    test(`axe finds nothing in ${scheme} at ${width} pixels`, async () => {
      await page.getByLabel("Theme").selectOption(scheme);
      await page.setViewportSize({ width, height: 960 });
      await page.locator(".span").first().click();
      const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
      for (const view of ["Sampling", "Findings", "Compare", "Spans"]) {
        await button(view).click();
        await page.waitForTimeout(300);
        await page.evaluate(axe);
        const { violations } = await page.evaluate(() => window.axe.run());
        const told = violations.map(({ id, nodes }) => `${view}: ${id}: ${nodes.map(({ html }) => html).slice(0, 3).join(" ")}`);
        assert.deepEqual(told, []);
      }
    });
  }
}

isQuiet();
