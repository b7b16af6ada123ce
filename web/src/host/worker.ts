// The worker around one plugin: asks for what the page asks for, and says what came of it. A page that
// has waited long enough ends it from outside; see `remote.ts`.

import { Bounds, initSync, settle } from "../rust/web.js";
import { configure } from "./filled.ts";
import { Instance } from "./instance.ts";
import type { Asked, Call, Calls, Grown, Said } from "./messages.ts";
import { type Module, compile } from "./module.ts";
import { Plugin } from "./plugin.ts";
import { Crash, Failure } from "./stopped.ts";
import { DEFAULT_LIMITS, type Host } from "./types.ts";

let secrets = new Map<string, Uint8Array>();
let limits = DEFAULT_LIMITS;
let module: Module | undefined;
let plugin: Plugin | undefined;
/** What all instances by the same rules share. */
let bounds: Bounds | undefined;

const say = (said: Said): void => self.postMessage(said);

const host: Host = {
  // As every host, a page shows no line that is for those who look for faults in a plugin.
  log: (log, message) => void (log === "debug" || say({ log, message })),
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
  configure({ documents, variables, again }) {
    const shared = (again === true ? bounds : undefined) ?? new Bounds();
    const { started, answer } = configure(documents, variables, (documents) =>
      Plugin.start(there(module, "open"), documents, host, limits, shared),
    );
    if (started !== undefined) {
      [plugin, bounds] = [started, shared];
    }
    return answer;
  },
  process: ({ traces, now, noting, maxViewBytes }) => grown((plugin) => plugin.process(settle(traces), now, noting, maxViewBytes)),
  make({ call, now }) {
    try {
      return grown(({ instance }) => instance.make(call, now));
    } finally {
      const leftOut = call === "flush" ? bounds?.rest() : undefined;
      if (leftOut !== undefined) {
        host.log("warn", leftOut);
      }
    }
  },
  changes: ({ maxBytes }) => there(plugin, "configure").instance.changes(maxBytes),
  load: ({ version, entries }) => there(plugin, "configure").instance.load(version, entries),
};

/** What a call answers, and whether the memory has grown too much by now. */
function grown<T>(call: (plugin: Plugin) => T): T & Grown {
  const running = there(plugin, "configure");
  const answer = call(running);
  return { ...answer, outgrown: running.instance.outgrown };
}

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
