// A plugin's core module, out of its file and compiled.

import { PluginFile } from "../rust/web.js";
import { withMemoryLimit } from "./limit.ts";
import { DEFAULT_LIMITS } from "./types.ts";

export const CONTRACT = "lapidary:processor/plugin@0.2.0";
const OFFERED: { [module: string]: string[] } = {
  "lapidary:processor/host@0.2.0": ["log", "secret", "memory-limit", "series"],
  "lapidary:processor/meter@0.2.0": ["refill"],
};
export const FUNCTIONS = ["describe", "configure", "process", "tick", "flush", "changes", "load"] as const;
export type Function = (typeof FUNCTIONS)[number];

export interface Module {
  compiled: WebAssembly.Module;
  /** Where not, a call has no end of its own: whoever waits for it ends the worker. */
  isMetered: boolean;
}

/** Makes a module of a plugin's file. The error is one line that says what the file is instead. */
export async function compile(
  file: Uint8Array<ArrayBuffer>,
  memoryBytes = DEFAULT_LIMITS.memoryBytes,
): Promise<Module> {
  const found = new PluginFile(file);
  try {
    const core = file.slice(found.start, found.end);
    // Before the limit is put in, which needs a module that is in order.
    if (!WebAssembly.validate(core)) {
      const expected = `expected a component that exports \`${CONTRACT}\``;
      throw new Error(`found a core module that cannot be compiled; ${expected}`);
    }
    const compiled = await WebAssembly.compile(withMemoryLimit(core, memoryBytes));
    checkImports(compiled);
    checkExports(compiled);
    return { compiled, isMetered: found.metered === "yes" };
  } finally {
    found.free();
  }
}

function checkImports(module: WebAssembly.Module): void {
  for (const { module: from, name, kind } of WebAssembly.Module.imports(module)) {
    if (kind !== "function" || !OFFERED[from]?.includes(name)) {
      throw new Error(`found an import of \`${name}\` from \`${from}\`; expected only what the contract lists`);
    }
  }
}

// Of which types they are, JavaScript does not tell: a call with others ends as a crash.
function checkExports(module: WebAssembly.Module): void {
  const exports = WebAssembly.Module.exports(module);
  const has = (name: string, kind: string) => exports.some((found) => found.name === name && found.kind === kind);
  for (const name of [...FUNCTIONS.map((name) => `${CONTRACT}#${name}`), "cabi_realloc"]) {
    if (!has(name, "function")) {
      throw new Error(`found no export \`${name}\`; expected all that the contract lists`);
    }
  }
  if (!has("memory", "memory")) {
    throw new Error("found no exported memory `memory`");
  }
}
