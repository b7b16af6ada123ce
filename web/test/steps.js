// What tests do with the page: steps that a person takes, on a page that is loaded anew for each test.

import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";

import { openPlayground, ready, settled } from "./playground.js";

export let page;
let open;

/** Has the tests of a file run in one browser. Call it first; call `isQuiet` last. */
export function usePlayground() {
  before(async () => {
    open = await openPlayground();
    page = open.page;
  });
  after(() => open.close());
  beforeEach(async () => {
    await page.setViewportSize({ width: 1440, height: 960 });
    await page.goto("about:blank");
    await page.goto(open.address);
    await ready(page);
  });
}

/** A button by its name. */
export const button = (name) => page.getByRole("button", { name, exact: true });
/** What is written in the editor of a plugin. */
export const editor = (plugin) => page.locator(".plugin", { hasText: plugin }).locator(".cm-content");
/** `12 of 365 spans` */
export const spans = () => page.locator(".spans .count").textContent();

/** Another recording, with all filters gone. */
export async function choose(recording) {
  await page.getByLabel("Recording").selectOption(recording);
  await settled(page);
}

/** Writes at the end of the document that is shown of a plugin. */
export async function typeAtEnd(plugin, text) {
  await editor(plugin).click();
  await page.keyboard.press("Control+End");
  // Typed line by line: an editor closes brackets and indents on its own.
  await page.keyboard.insertText(text);
  await settled(page);
}

/** Adds an empty overlay, which is shown then. */
export async function addOverlay(plugin) {
  await page.getByRole("button", { name: `Add overlay of ${plugin}` }).click();
  await settled(page);
}

/** Shows spans of which this became alone. */
export async function show(word) {
  await page.getByLabel("Show", { exact: true }).selectOption(word);
}

/** The first resource in which personal data was found. */
export async function showResource() {
  await show("changed");
  await page.locator(".span.changed", { hasText: "resource" }).first().click();
  await page.locator(".details .values").waitFor();
}

/** Gives the page a file. */
export async function add(name, content) {
  const file = { name, mimeType: "application/octet-stream", buffer: Buffer.from(content) };
  await page.locator("header input[type=file]").setInputFiles(file);
  await settled(page);
}

/** A file that is not ours: one span with values that no rule knows. */
export const own = () =>
  JSON.stringify({
    resourceSpans: [{ scopeSpans: [{ spans: [{
      traceId: "5b8efff798038103d269b633813fc60c", spanId: "eee19b7ec3c1b174", name: "Zlata-Petrova",
      startTimeUnixNano: "1772442000000000000", endTimeUnixNano: "1772442009000000000",
      attributes: [
        { key: "note", value: { stringValue: "Анна Пробная" } },
        { key: "order.number", value: { intValue: "9007199254740993" } },
      ],
    }] }] }],
  });

/**
 * Guarantees: whatever was done before, the page asked nobody but its own server, its policy had nothing to refuse, and
 * nothing is stored but the theme.
 */
export function isQuiet() {
  test("the browser's log is empty, and nobody else was asked", async () => {
    assert.deepEqual(open.said, []);
    assert.deepEqual(open.asked.filter((url) => !url.startsWith(open.address) && !/^(blob|data):/.test(url)), []);
    const stored = await page.evaluate(async () => ({
      local: Object.keys(localStorage), session: Object.keys(sessionStorage), cookies: document.cookie,
      databases: (await indexedDB.databases()).length,
    }));
    assert.deepEqual(stored, { local: ["lapidary-theme"], session: [], cookies: "", databases: 0 });
  });
}
