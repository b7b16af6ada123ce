// The playground in a real browser, with real clicks: spans, and the rules that act on them.

import assert from "node:assert/strict";
import { test } from "node:test";

import { settled } from "./playground.js";
import {
  addOverlay, button, editor, isQuiet, page, show, showResource, spans, typeAtEnd, usePlayground,
} from "./steps.js";

usePlayground();

test("a recording is shown, trace by trace, with what became of each span", async () => {
  assert.equal(await spans(), "365 of 365 spans");
  assert.notEqual(await page.locator(".span.dropped").count(), 0);
  await show("changed");
  assert.match(await spans(), /^\d+ of 365 spans$/);
  await page.locator(".span.changed", { hasText: "resource" }).first().click();
  const details = page.locator(".details");
  await details.getByText("service.owner.email", { exact: true }).first().waitFor();
  assert.match(await details.textContent(), /service\.owner\.email.*\[email\]"← detectors\.email, redact-pii\/base\.yaml:7/);
});

test("each state of a span is shown: before, after each plugin, after all", async () => {
  await showResource();
  await button("Before").click();
  assert.doesNotMatch(await page.locator(".values").textContent(), /\[email\]/);
  await button("After redact-pii").click();
  assert.match(await page.locator(".values").textContent(), /\[email\]/);
  assert.notEqual(await page.locator(".values del").count(), 0);
  await button("Changes").click();
});

test("a change leads to the line of its rule, and the line to what it touched", async () => {
  await showResource();
  await page.locator(".details .because", { hasText: "detectors.email" }).first().click();
  await page.locator(".plugin", { hasText: "redact-pii" }).locator(".cm-activeLine", { hasText: /^ {2}email: \{\}$/ }).waitFor();
  await page.locator(".plugin", { hasText: "redact-pii" }).locator(".acted:not(.never):visible").first().click();
  await page.locator(".chip").waitFor();
  assert.match(await page.locator(".chip").textContent(), /^redact-pii: detectors\./);
  assert.equal(await spans(), "0 of 365 spans");
  assert.notEqual(await page.locator(".span", { hasText: "resource" }).count(), 0);
  await page.locator(".chip").click();
  await show("");
});

test("a wrong rule is underlined at its line while one types, and good again once it is mended", async () => {
  await typeAtEnd("redact-pii", "colour: red\n");
  const plugin = page.locator(".plugin", { hasText: "redact-pii" });
  await plugin.locator(".cm-lintRange-error").waitFor();
  assert.equal(await plugin.locator(".cm-lintRange-error").first().textContent(), "colour: red");
  await plugin.locator(".cm-lintRange-error").first().hover();
  const said = await page.locator(".cm-tooltip-lint").textContent();
  assert.equal(said, "colour: found an unknown key; expected one of `attributes`, `detectors`, `mask`, `max_value_bytes`");
  // What is shown is what the last good rules made.
  assert.equal(await spans(), "365 of 365 spans");
  await page.keyboard.press("Escape");
  await editor("redact-pii").press("Control+z");
  await settled(page);
  assert.equal(await plugin.locator(".cm-lintRange-error").count(), 0);
});

test("keys and words are offered from the plugin's schema and from the spans", async () => {
  await addOverlay("redact-pii");
  await editor("redact-pii").click();
  const offered = page.locator(".cm-tooltip-autocomplete");
  await page.keyboard.type("att");
  await offered.getByText("attributes").waitFor();
  await page.keyboard.press("Escape");
  await page.keyboard.type("ributes:\n  service.ow");
  await offered.getByText("service.owner.phone").waitFor();
  await page.keyboard.press("Escape");
  await page.keyboard.type("ner.email: le");
  await offered.getByText("leave").waitFor();
  await page.keyboard.press("Escape");
  await page.keyboard.press("ArrowUp");
  await page.locator(".plugin", { hasText: "redact-pii" }).locator(".cm-line", { hasText: "attributes" }).hover({ position: { x: 12, y: 8 } });
  await page.locator(".cm-tooltip .hover", { hasText: "What becomes of values by their key" }).waitFor();
});

test("an untouched value says why no rule acted, and a button writes the rule", async () => {
  await showResource();
  await button("service.namespace").click();
  const why = page.locator(".why");
  await why.waitFor();
  assert.match(await why.textContent(), /enrich-order-status: not read/);
  assert.match(await why.textContent(), /redact-pii: looked and left/);
  await button("Write redact-pii: mask this key").click();
  await settled(page);
  assert.match(await editor("redact-pii").textContent(), /service\.namespace: mask/);
  await page.locator(".span.changed", { hasText: "resource" }).first().click();
  assert.match(await page.locator(".details").textContent(), /service\.namespace.*\[masked\]"← attributes/);
  await show("");
});

test("overlays are tabs, and the merged result names the line of each value", async () => {
  const plugin = page.locator(".plugin", { hasText: "sample-adaptively" });
  await addOverlay("sample-adaptively");
  await typeAtEnd("sample-adaptively", "otherwise: 100%\n");
  assert.equal(await page.locator(".span.dropped").count(), 0);
  await plugin.getByRole("button", { name: "merged" }).click();
  await page.waitForFunction(() => document.querySelector(".merged")?.textContent.includes("otherwise: 100% # overlay-1.yaml:1"));
});

test("a plugin is switched off and on by a click", async () => {
  const plugin = page.locator(".plugin", { hasText: "redact-pii" });
  await plugin.getByLabel("on").uncheck();
  await settled(page);
  await show("changed");
  assert.equal(await page.locator(".span.changed", { hasText: "resource" }).count(), 0);
  await page.locator(".plugin.off", { hasText: "redact-pii" }).locator("summary").first().click();
  await page.locator(".plugin", { hasText: "redact-pii" }).getByLabel("on").check();
  await settled(page);
  assert.notEqual(await page.locator(".span.changed", { hasText: "resource" }).count(), 0);
  await show("");
});

test("the keyboard goes from span to span", async () => {
  await page.locator(".span").first().click();
  const first = await page.locator('.span[aria-pressed="true"]').textContent();
  await page.locator(".list").focus();
  await page.keyboard.press("ArrowDown");
  assert.notEqual(await page.locator('.span[aria-pressed="true"]').textContent(), first);
  await page.keyboard.press("ArrowUp");
  assert.equal(await page.locator('.span[aria-pressed="true"]').textContent(), first);
});

isQuiet();
