// Variables in rules: in the page as a web server gives it, and as `lapidary playground` serves it.

import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { openPlayground, root, serveLapidary, settled } from "./playground.js";

const DETECTORS = "detectors: { email: {} }\n";
const RULES = `${DETECTORS}attributes: { '\${env:LAPIDARY_KEY:-note}': mask }\nmask: '\${env:LAPIDARY_MASK}'\n`;
const VALUE = "[put-in-by-the-host]";
const SPAN = JSON.stringify({
  resourceSpans: [{ scopeSpans: [{ spans: [{
    traceId: "5b8efff798038103d269b633813fc60c", spanId: "eee19b7ec3c1b174", name: "one",
    startTimeUnixNano: "1772442000000000000", endTimeUnixNano: "1772442009000000000",
    attributes: [{ key: "note", value: { stringValue: "free text" } }],
  }] }] }],
});

let folder;
let served;
let open;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "lapidary-"));
  await writeFile(join(folder, "rules.yaml"), RULES);
  await writeFile(join(folder, "spans.json"), SPAN);
  const plugin = `${join(root, "dist", "redact-pii.wasm")}=${join(folder, "rules.yaml")}`;
  const env = { ...process.env, LAPIDARY_MASK: VALUE, LAPIDARY_HUSH: "hushed-in-the-environment" };
  served = await serveLapidary([join(folder, "spans.json"), "--plugin", plugin], { env });
  open = await openPlayground({ url: served.address });
});
after(async () => {
  await open?.close();
  served?.end();
  await rm(folder, { recursive: true });
});

const content = (page) => page.locator(".plugin .cm-content");
const problems = (page) => page.locator(".plugin .bad").allTextContents();

/** Writes rules in place of those that stand there. */
async function rules(page, text) {
  await content(page).click();
  await page.keyboard.press("Control+a");
  await page.keyboard.insertText(text);
  await settled(page);
}

test("the server's values are put in, and the page shows the rules as they are written", async () => {
  const { page } = open;
  assert.deepEqual(await problems(page), []);
  await page.getByLabel("Show values").check();
  await settled(page);
  await shows(page, VALUE);
  assert.match(await content(page).textContent(), /\$\{env:LAPIDARY_MASK\}/);
  await page.getByRole("button", { name: "merged", exact: true }).click();
  await page.locator(".merged", { hasText: "${env:LAPIDARY_MASK}" }).waitFor();
  await page.getByRole("button", { name: "rules.yaml", exact: true }).click();
});

test("a link holds the rules as they are written, and no value", async () => {
  const { page } = open;
  await page.getByText("Share", { exact: true }).click();
  await page.getByRole("button", { name: "Link", exact: true }).click();
  const { inflateSync, strFromU8 } = await import("fflate");
  const packed = (await page.locator(".shared textarea").inputValue()).split("#chain=")[1];
  const held = strFromU8(inflateSync(Buffer.from(packed, "base64url")));
  assert.ok(held.includes("${env:LAPIDARY_MASK}") && !held.includes(VALUE));
});

// Protects: what is typed, pasted or comes in a link does not read the environment.
test("a name that no file named is not read, and its line says why", async () => {
  const { page } = open;
  await rules(page, DETECTORS + "mask: '${env:LAPIDARY_HUSH}'\n");
  assert.deepEqual(await problems(page), ["1 problem"]);
  const said = await problemText(page);
  assert.match(said, /`\$\{env:LAPIDARY_HUSH\}`, which no file of rules named when `lapidary playground` began/);
  assert.ok(!(await page.content()).includes("hushed"));
  const start = await page.evaluate(async () => (await fetch("start.json")).text());
  assert.ok(!start.includes("hushed") && start.includes(VALUE));
  await rules(page, DETECTORS + "mask: '${env:LAPIDARY_HUSH:-none}'\n");
  assert.deepEqual(await problems(page), []);
});

test("a problem quotes the rules as they are written", async () => {
  const { page } = open;
  await rules(page, DETECTORS + "attributes: { note: '${env:LAPIDARY_MASK}' }\n");
  const said = await problemText(page);
  assert.match(said, /`\$\{env:LAPIDARY_MASK\}`/);
  assert.ok(!said.includes(VALUE), said);
});

/** Waits until this stands in the span after the plugin. */
async function shows(page, value) {
  await page.locator(".span.changed", { hasText: "one" }).first().click();
  await page.getByRole("button", { name: "After redact-pii", exact: true }).click();
  await page.locator(".details .values", { hasText: value }).waitFor();
}

/** What the line that is wrong says. */
async function problemText(page) {
  await page.mouse.move(0, 0);
  await content(page).locator(".cm-lintRange-error").first().hover();
  return page.locator(".cm-tooltip-lint").textContent();
}

test("a page without a server takes defaults alone", async (t) => {
  const plugins = [{ name: "redact-pii", url: "plugins/redact-pii.wasm" }];
  const chain = [{ plugin: "redact-pii", on: true, secrets: [], rules: [{ name: "rules.yaml", text: RULES }] }];
  const { page, close } = await openPlayground({ start: { recordings: [], plugins, chain, listen: null } });
  t.after(close);
  await page.locator("header input[type=file]").setInputFiles({ name: "spans.json", mimeType: "application/json", buffer: Buffer.from(SPAN) });
  await settled(page);
  assert.deepEqual(await problems(page), ["1 problem"]);
  assert.match(await problemText(page), /`\$\{env:LAPIDARY_MASK\}`, for which this page has no environment/);
  await rules(page, RULES.replace("{env:LAPIDARY_MASK}", "{env:LAPIDARY_MASK:-[default]}"));
  assert.deepEqual(await problems(page), []);
  await page.getByLabel("Show values").check();
  await settled(page);
  await shows(page, "[default]");
});
