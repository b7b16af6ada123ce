// The playground in a real browser, with real clicks, as any web server gives it.

import assert from "node:assert/strict";
import { mkdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { after, before, beforeEach, test } from "node:test";

import { misbehaving, openPlayground, planted, ready, root, settled } from "./playground.js";

let open;
let page;
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

const button = (name) => page.getByRole("button", { name, exact: true });
const editor = (plugin) => page.locator(".plugin", { hasText: plugin }).locator(".cm-content");
const spans = () => page.locator(".spans .count").textContent();

/** Another recording, with all filters gone. */
async function choose(recording) {
  await page.getByLabel("Recording").selectOption(recording);
  await settled(page);
}

async function typeAtEnd(plugin, text) {
  await editor(plugin).click();
  await page.keyboard.press("Control+End");
  // Typed line by line: an editor closes brackets and indents on its own.
  await page.keyboard.insertText(text);
  await settled(page);
}

async function addOverlay(plugin) {
  await page.getByRole("button", { name: `Add overlay of ${plugin}` }).click();
  await settled(page);
}

async function show(word) {
  await page.getByLabel("Show", { exact: true }).selectOption(word);
}

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

/** The first resource in which personal data was found. */
async function showResource() {
  await show("changed");
  await page.locator(".span.changed", { hasText: "resource" }).first().click();
  await page.locator(".details .values").waitFor();
}

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

/** Gives the page a file. */
async function add(name, content) {
  const file = { name, mimeType: "application/octet-stream", buffer: Buffer.from(content) };
  await page.locator("header input[type=file]").setInputFiles(file);
  await settled(page);
}

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

test("spans are searched, and filtered by service", async () => {
  await page.getByLabel("Search").fill("mes.price");
  assert.match(await spans(), /^[1-9]\d? of 365 spans$/);
  await page.getByLabel("Search").fill("");
  await page.getByLabel("Service").selectOption("crm-api");
  assert.deepEqual([...new Set(await page.locator(".span .service").allTextContents())], ["crm-api"]);
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
  await other.getByRole("alert").first().waitFor();
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

const own = () =>
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

test("the keyboard goes from span to span", async () => {
  await page.locator(".span").first().click();
  const first = await page.locator('.span[aria-pressed="true"]').textContent();
  await page.locator(".list").focus();
  await page.keyboard.press("ArrowDown");
  assert.notEqual(await page.locator('.span[aria-pressed="true"]').textContent(), first);
  await page.keyboard.press("ArrowUp");
  assert.equal(await page.locator('.span[aria-pressed="true"]').textContent(), first);
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

// Guarantees: whatever was done above, the page asked nobody but its own server, its policy had nothing to
// refuse, and nothing is stored but the theme.
test("the browser's log is empty, and nobody else was asked", async () => {
  assert.deepEqual(open.said, []);
  const foreign = open.asked.filter((url) => !url.startsWith(open.address) && !url.startsWith("blob:"));
  assert.deepEqual(foreign, ["data:,"].filter((url) => foreign.includes(url)));
  const stored = await page.evaluate(async () => ({
    local: Object.keys(localStorage), session: Object.keys(sessionStorage), cookies: document.cookie,
    databases: (await indexedDB.databases()).length,
  }));
  assert.deepEqual(stored, { local: ["lapidary-theme"], session: [], cookies: "", databases: 0 });
});
