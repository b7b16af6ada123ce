// The playground's other views: time, sampling, findings, comparison; and its pictures.

import assert from "node:assert/strict";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";

import { misbehaving, planted, root, settled } from "./playground.js";
import {
  addOverlay, add, button, choose, editor, isQuiet, page, show, spans, typeAtEnd, usePlayground,
} from "./steps.js";

usePlayground();

test("spans come up to a batch, and hours of silence let plugins tell of what does not come", async () => {
  await page.getByLabel("As recorded").fill("8");
  await settled(page);
  const [, some] = /of (\d+) spans/.exec(await spans());
  assert.ok(Number(some) > 0 && Number(some) < 365, some);
  // A plugin that gives the spans of its last batch once more at every tick, which is due each second.
  await page.locator(".plugin", { hasText: "sample-adaptively" }).getByLabel("on").uncheck();
  await add("misbehaving.wasm", await misbehaving());
  await editor("misbehaving").click();
  await page.keyboard.insertText("tick: repeat\n");
  await settled(page);
  await show("made");
  const made = async () => Number(/^\d+/.exec(await spans())[0]);
  const asRecorded = await made();
  await page.getByLabel("then").fill("0.01");
  await page.keyboard.press("Tab");
  await settled(page);
  const more = (await made()) - asRecorded;
  assert.ok(more > 0 && more % 36 === 0, `${more} made in 36 s`);
  assert.equal(await page.getByRole("alert").count(), 0);
});

test("state is fresh for each run, or kept", async () => {
  await choose("order-lifecycle");
  const added = async () => {
    await button("Findings").click();
    return page.locator("table").first().textContent();
  };
  const fresh = await added();
  await button("Run again").click();
  await settled(page);
  assert.equal(await added(), fresh);
  await page.getByLabel("keep state from run to run").check();
  await settled(page);
  assert.notEqual(await added(), fresh);
});

test("sampling and findings are shown from the same result, and lead back to the spans", async () => {
  await choose("slow-calculation");
  await button("Sampling").click();
  await page.locator(".plot svg").first().waitFor();
  assert.match(await page.locator(".tables").textContent(), /\d+ of \d+ spans stay/);
  await button("Findings").click();
  const row = page.locator("tr", { hasText: "redact-pii: detectors.phone" }).first();
  assert.match(await row.textContent(), /masked/);
  await row.getByRole("button", { name: /^Show/ }).click();
  assert.match(await page.locator(".chip").textContent(), /detectors\.phone/);
  await page.locator(".chip").click();
});

test("two sets of rules are compared, and the report holds no value", async () => {
  await choose("order-lifecycle");
  await button("Compare").click();
  await button("Keep these rules as the old ones").click();
  await addOverlay("redact-pii");
  await typeAtEnd("redact-pii", "attributes: {'customer.*': leave}\ndetectors: {email: null}\n");
  await button("Compare with the old ones").click();
  await page.getByRole("heading", { name: "No longer protected" }).waitFor({ timeout: 30_000 });
  assert.match(await page.locator(".tables").textContent(), /detector email/);
  const told = page.waitForEvent("download");
  await button("md").click();
  const report = await readFile(await (await told).path(), "utf8");
  assert.match(report, /Loosened/);
  for (const value of await planted()) {
    assert.ok(!report.includes(value), value);
  }
  await button("Spans").click();
});

test("a comparison is gone with the spans that it is of", async () => {
  await button("Compare").click();
  await button("Keep these rules as the old ones").click();
  await button("Compare with the old ones").click();
  await page.getByText("0 loosened, 0 tightened").waitFor({ timeout: 30_000 });
  await choose("redelivery");
  assert.equal(await page.getByText("0 loosened, 0 tightened").count(), 0);
});

test("without a plugin all spans stay, and leave", async () => {
  for (const plugin of ["enrich-order-status", "sample-adaptively", "redact-pii"]) {
    await page.locator(".plugin", { has: page.getByText(plugin, { exact: true }) }).first().getByLabel("on", { exact: true }).uncheck();
    await settled(page);
  }
  assert.equal(await spans(), "365 of 365 spans");
  assert.equal(await page.locator(".span.dropped").count(), 0);
  await page.locator(".span").first().click();
  await page.locator(".details .values dt button").first().click();
  await button("Findings").click();
  await page.locator("tr.doubtful").first().waitFor();
});

test("results stay with the plugins that made them while the chain is put in another order and has problems", async () => {
  await typeAtEnd("redact-pii", "colour: red\n");
  await page.getByRole("button", { name: "Up: redact-pii" }).click();
  await settled(page);
  await button("Findings").click();
  const rules = await page.locator("td .because").allTextContents();
  assert.ok(rules.includes("redact-pii: detectors.email") && rules.includes("sample-adaptively: otherwise"), rules.join("\n"));
});

test("spans are searched, and filtered by service", async () => {
  await page.getByLabel("Search").fill("mes.price");
  assert.match(await spans(), /^[1-9]\d? of 365 spans$/);
  await page.getByLabel("Search").fill("");
  await page.getByLabel("Service").selectOption("crm-api");
  assert.deepEqual([...new Set(await page.locator(".span .service").allTextContents())], ["crm-api"]);
});

// Written to `web/dist/pictures`, with BLESS=1 to `docs/pictures`, where the README shows them. Look at them.
test("pictures are taken of a recorded order", async () => {
  const folder = join(root, ...(process.env.BLESS === "1" ? ["docs"] : ["web", "dist"]), "pictures");
  await mkdir(folder, { recursive: true });
  const picture = async (name) => {
    const bytes = await page.screenshot({ path: join(folder, `playground-${name}.png`) });
    assert.ok(bytes.length > 50_000, `${name}: ${bytes.length} bytes`);
  };
  await page.getByLabel("Theme").selectOption("light");
  await choose("exception");
  await page.locator(".plugin", { hasText: "enrich-order-status" }).locator("summary").first().click();
  await page.locator(".plugin", { hasText: "sample-adaptively" }).getByLabel("on").uncheck();
  await settled(page);
  await show("changed");
  await page.locator(".span.changed", { hasText: "shop.init" }).first().click();
  await page.locator(".details .because", { hasText: "redact-pii" }).first().click();
  await page.waitForTimeout(300);
  await picture("spans");
  await button("Findings").click();
  await page.waitForTimeout(500);
  await picture("findings");
});

isQuiet();
