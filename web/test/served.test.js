// The playground as `dist/lapidary playground` serves it: who gets in, and live spans.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { openPlayground, root, serveLapidary } from "./playground.js";

let served;
let address;
let endpoint;
before(async () => {
  const recording = join(root, "testdata", "recordings", "partner-order", "spans.jsonl");
  served = await serveLapidary([recording, "--listen", "127.0.0.1:0"]);
  address = served.address;
  [endpoint] = /http:\/\/127\.0\.0\.1:\d+/.exec(served.said.replace(address, ""));
});
after(() => served?.end());

test("the address opens the page with the recording, and its token leaves the address", async () => {
  const { page, said, close } = await openPlayground({ url: address });
  assert.doesNotMatch(page.url(), /token/);
  assert.match(await page.locator("header .count").textContent(), /^[1-9]\d+ spans in/);
  // Given on the command line, it is not one of ours as far as the page knows.
  await page.getByLabel("Show values").waitFor();
  assert.deepEqual(said, []);
  await close();
});

// Scenario: a stranger's page has its name resolve to this machine, and asks from a browser that has the cookie.
test("a request with another host is refused", async () => {
  const { port } = new URL(address);
  const { page, close } = await openPlayground({ url: address, args: ["--host-resolver-rules=MAP stranger.example 127.0.0.1"] });
  const answer = await page.goto(`http://stranger.example:${port}/`);
  assert.ok(answer.status() >= 400, `status ${answer.status()}`);
  assert.match(await page.locator("body").textContent(), /stranger\.example|[Hh]ost/);
  await close();
});

test("without the token there is no page", async () => {
  const answer = await fetch(new URL("/", address));
  assert.equal(answer.status, 403);
});

test("live spans appear as they come, with their values hidden", async () => {
  const { page, close } = await openPlayground({ url: address });
  await page.getByText("Live", { exact: true }).click();
  assert.match(await page.locator(".live pre").textContent(), new RegExp(endpoint));
  await page.getByLabel("take spans").check();
  const lines = (await readFile(join(root, "testdata", "recordings", "redelivery", "spans.jsonl"), "utf8")).trim().split("\n");
  for (const body of lines.slice(0, 2)) {
    const answer = await fetch(`${endpoint}/v1/traces`, { method: "POST", headers: { "Content-Type": "application/json" }, body });
    assert.equal(answer.status, 200);
  }
  await page.waitForFunction(() => document.querySelector("header .count")?.textContent.endsWith("in 2 batches"), undefined, { timeout: 15_000 });
  // They go through once no more come.
  await page.locator(".span").first().waitFor();
  await page.getByLabel("Show values").waitFor();
  await close();
});
