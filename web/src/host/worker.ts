// The worker around one plugin: asks for what the page asks for, and says what came of it. A page that
// has waited long enough ends it from outside; see `remote.ts`.

import { initSync, settle } from "../rust/web.js";
import { configure } from "./filled.ts";
import { Instance } from "./instance.ts";
import type { Asked, Call, Calls, Said } from "./messages.ts";
import { type Module, compile } from "./module.ts";
import { Plugin } from "./plugin.ts";
import { Crash, Failure } from "./stopped.ts";
import { DEFAULT_LIMITS, type Host } from "./types.ts";

let secrets = new Map<string, Uint8Array>();
let limits = DEFAULT_LIMITS;
let module: Module | undefined;
let plugin: Plugin | undefined;

const say = (said: Said): void => self.postMessage(said);

const host: Host = {
  log: (log, message) => say({ log, message }),
  secret: (name) => secrets.get(name),
  count: (counter, labels, delta) => say({ counter, labels, delta }),
};

const calls: { [C in Call]: (asked: Calls[C][0]) => Calls[C][1] | Promise<Calls[C][1]> } = {
  async open(asked) {
    ({ secrets, limits } = asked);
    initSync({ module: asked.rust });
    module = await compile(asked.file.slice(), limits.memoryBytes);
    return new Instance(module, host, limits).manifest;
  },
  configure({ documents, variables }) {
    const { started, answer } = configure(documents, variables, (documents) =>
      Plugin.start(there(module, "open"), documents, host, limits),
    );
    plugin = started ?? plugin;
    return answer;
  },
  process: ({ traces, now, noting, maxViewBytes }) =>
    there(plugin, "configure").process(settle(traces), now, noting, maxViewBytes),
  make: ({ call, now }) => there(plugin, "configure").instance.make(call, now),
  changes: ({ maxBytes }) => there(plugin, "configure").instance.changes(maxBytes),
  load: ({ version, entries }) => there(plugin, "configure").instance.load(version, entries),
};

function there<T>(value: T | undefined, call: Call): T {
  if (value === undefined) {
    throw new Error(`found no plugin; expected \`${call}\` first`);
  }
  return value;
}

async function answer({ call, id, with: asked }: Asked): Promise<void> {
  try {
    const run = calls[call] as (asked: unknown) => unknown;
    say({ id, answer: await run(asked) });
  } catch (error) {
    say(unanswered(id, error));
  }
}

function unanswered(id: number, error: unknown): Said {
  if (error instanceof Failure) {
    return { id, failure: error.message };
  }
  if (error instanceof Crash) {
    return { id, crash: { reason: error.reason, message: error.message } };
  }
  return { id, error: (error as Error).message };
}

self.onmessage = ({ data }: MessageEvent<Asked>) => void answer(data);
