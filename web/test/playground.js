// A headless Chromium with the playground, as a web server gives it, or as `lapidary playground` does.

import { spawn } from "node:child_process";
import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { dirname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

import { chromium } from "playwright-core";

import { program, types } from "./browser.js";

export const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
export const site = join(root, "dist", "playground");

/** Opens the page. What its browser's log says is in `said`, what it asked for in `asked`. */
export async function openPlayground({ url, start, args = [], viewport = { width: 1440, height: 960 }, ...options } = {}) {
  const server = url === undefined ? await serve(start) : undefined;
  const address = url ?? `http://127.0.0.1:${server.address().port}/`;
  const browser = await chromium.launch({ executablePath: program(), args: ["--no-sandbox", ...args] });
  const context = await browser.newContext({ viewport, acceptDownloads: true, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(5_000);
  const said = [];
  const asked = [];
  page.on("pageerror", (error) => said.push(String(error)));
  page.on("console", (message) => said.push(message.text()));
  page.on("request", (request) => asked.push(request.url()));
  await page.goto(address);
  await ready(page);
  const close = async () => {
    await browser.close();
    server?.close();
  };
  return { page, address, said, asked, close };
}

/** Waits until the page has begun, and no run goes on. */
export async function ready(page) {
  await page.waitForFunction(() => document.body.dataset.ready === "yes");
  await settled(page);
}

export async function settled(page) {
  // Longer than the page waits for the next key.
  await page.waitForTimeout(400);
  await page.waitForFunction(() => document.body.dataset.busy === "no", undefined, { timeout: 120_000 });
  await page.waitForTimeout(50);
}

/** Starts `lapidary playground` on a free port, and gives the address that it prints. `end` it afterwards. */
export async function serveLapidary(args, options = {}) {
  const process = spawn(join(root, "dist", "lapidary"), ["playground", ...args, "--port", "0"], options);
  let said = "";
  process.stdout.on("data", (text) => (said += text));
  process.stderr.on("data", (text) => (said += text));
  for (let tries = 0; !said.includes("Ctrl-C ends it"); tries++) {
    if (tries === 200 || process.exitCode !== null) {
      throw new Error(`no address after 10 s: ${said}`);
    }
    await new Promise((waited) => setTimeout(waited, 50));
  }
  const [address] = /http:\/\/127\.0\.0\.1:\d+\/\?token=\w+/.exec(said);
  return { address, said, end: () => process.kill() };
}

async function serve(start) {
  const server = createServer(async (request, response) => {
    const path = normalize(new URL(request.url, "http://127.0.0.1").pathname);
    try {
      const isStart = path === "/start.json" && start !== undefined;
      const body = isStart ? JSON.stringify(start) : await readFile(join(site, path === "/" ? "index.html" : path));
      response.setHeader("Content-Type", types[path === "/" ? "html" : path.split(".").at(-1)] ?? "text/plain");
      response.end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  return server;
}

/** Personal data that the recordings hold, as far as it is long enough to be told from other text. */
export async function planted() {
  const list = JSON.parse(await readFile(join(root, "testdata", "recordings", "planted.json"), "utf8"));
  const values = new Set();
  JSON.stringify(list, (key, value) => (typeof value === "string" && key === "value" ? void values.add(value) : value));
  return [...values].filter((value) => value.length >= 6);
}

/** A plugin that does what its rules say, such as to spin. */
export function misbehaving() {
  return readFile(join(root, "dist", "misbehaving.wasm"));
}
