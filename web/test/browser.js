// A headless Chromium with the test page, which was built before, and a server on loopback for it.

import { createServer } from "node:http";
import { existsSync } from "node:fs";
import { readFile, readdir } from "node:fs/promises";
import { dirname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

import { chromium } from "playwright-core";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
/** What stands under which path. */
const folders = {
  golden: process.env.LAPIDARY_GOLDEN ?? join(root, "target", "golden"),
  plugins: join(root, "dist"),
  web: join(root, "web", "dist", "host"),
};
export const types = { html: "text/html", css: "text/css", js: "text/javascript", wasm: "application/wasm", json: "application/json" };
const programs = ["chromium-headless-shell", "chromium", "google-chrome"];

/** Opens the page. `close` it afterwards. */
export async function open() {
  const server = await serve();
  const browser = await chromium.launch({ executablePath: program(), args: ["--no-sandbox"] });
  const page = await browser.newPage();
  page.on("pageerror", (error) => console.error(error));
  page.on("console", (message) => console.error(message.text()));
  await page.goto(`http://127.0.0.1:${server.address().port}/web/test/page/index.html`);
  await page.waitForFunction(() => document.title === "ready");
  const close = async () => {
    await browser.close();
    server.close();
  };
  /** Calls one of `window.tests`. */
  const call = (name, ...given) =>
    page.evaluate(([name, given]) => window.tests[name](...given), [name, given]);
  return { call, withoutWorkers: () => withoutWorkers(page), close };
}

/** Waits until no worker runs, for which a browser takes its time. */
async function withoutWorkers(page) {
  for (let tries = 0; page.workers().length > 0; tries++) {
    if (tries === 100) {
      throw new Error("a worker still runs after 5 s");
    }
    await new Promise((waited) => setTimeout(waited, 50));
  }
}

/** `plugin/case.json` of every golden file. */
export async function goldenFiles() {
  const files = await readdir(folders.golden, { recursive: true });
  return files.filter((file) => file.endsWith(".json")).sort();
}

export function program() {
  const folders = (process.env.PATH ?? "").split(":");
  const all = programs.flatMap((name) => folders.map((folder) => join(folder, name)));
  const found = process.env.CHROMIUM ?? all.find((path) => existsSync(path));
  if (found === undefined) {
    throw new Error("found no Chromium on the PATH; expected `chromium-headless-shell`: run scripts/setup.sh");
  }
  return found;
}

async function serve() {
  const server = createServer(async (request, response) => {
    const [, folder, ...rest] = normalize(new URL(request.url, "http://127.0.0.1").pathname).split("/");
    try {
      const body = await readFile(join(folders[folder], ...rest));
      response.setHeader("Content-Type", types[rest.at(-1).split(".").at(-1)] ?? "application/octet-stream");
      response.end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  return server;
}
