// A plugin in a worker of its own, as a page has it: it can always be ended.

import type { Asked, Call, Calls, Said } from "./messages.ts";
import { Crash, Failure } from "./stopped.ts";
import { DEFAULT_LIMITS, type Host, type Limits } from "./types.ts";
import workerUrl from "./worker.ts?worker&url";
import { rustModule, startWorker } from "./workers.ts";

/** How much longer than the plugin itself a page waits: for the answer's way, and for what is checked. */
const GRACE_MILLIS = 1000;

/** What comes before the first batch may take this many times the time of another call. */
const START = 10;

type Waiting = { resolve: (answer: never) => void; reject: (stopped: Error) => void; timer: number };

export class RemotePlugin {
  private readonly waiting = new Map<number, Waiting>();
  private asked = 0;
  private ended: Error | undefined;

  /** `host` hears of logs and counters; its secrets are those that `open` hands over. */
  static async start(
    host: Pick<Host, "log" | "count">,
    limits: Limits = DEFAULT_LIMITS,
    graceMillis = GRACE_MILLIS,
  ): Promise<RemotePlugin> {
    return new RemotePlugin(await startWorker(workerUrl), host, limits, graceMillis);
  }

  private constructor(
    private readonly worker: Worker,
    private readonly host: Pick<Host, "log" | "count">,
    private readonly limits: Limits,
    private readonly graceMillis: number,
  ) {
    worker.onmessage = ({ data }: MessageEvent<Said>) => this.hear(data);
    worker.onerror = (event) => this.end(new Error(`the worker ended: ${event.message}`));
  }

  async open(file: Uint8Array, secrets = new Map<string, Uint8Array>()): Promise<Calls["open"][1]> {
    return this.ask("open", { file, secrets, limits: this.limits, rust: await rustModule() });
  }

  get hasEnded(): boolean {
    return this.ended !== undefined;
  }

  /** Asks for one call. It fails with a `Failure`, after which the plugin is good, or another error. */
  ask<C extends Call>(call: C, asked: Calls[C][0]): Promise<Calls[C][1]> {
    return new Promise((resolve, reject) => {
      if (this.ended !== undefined) {
        reject(this.ended);
        return;
      }
      const id = this.asked++;
      const allowed = this.allowed(call) * parts(asked);
      const timer = setTimeout(() => this.end(Crash.outOfTime(this.allowed(call))), allowed + this.graceMillis);
      this.waiting.set(id, { resolve, reject, timer });
      this.worker.postMessage({ call, id, with: asked } as Asked);
    });
  }

  /** Ends the worker, whatever it does; who waits for it gets `why`. */
  end(why: Error = new Error("the plugin was ended")): void {
    this.ended ??= why;
    this.worker.terminate();
    for (const { reject, timer } of this.waiting.values()) {
      clearTimeout(timer);
      reject(this.ended);
    }
    this.waiting.clear();
  }

  private allowed(call: Call): number {
    const isStart = call === "open" || call === "configure" || call === "load";
    return this.limits.timeoutMillis * (isStart ? START : 1);
  }

  private hear(said: Said): void {
    if ("log" in said) {
      this.host.log(said.log, said.message);
    } else if ("counter" in said) {
      this.host.count(said.counter, said.labels, said.delta);
    } else {
      this.take(said);
    }
  }

  private take(said: Exclude<Said, { log: unknown } | { counter: unknown }>): void {
    const waiting = this.waiting.get(said.id);
    if (waiting === undefined) {
      return;
    }
    this.waiting.delete(said.id);
    clearTimeout(waiting.timer);
    if ("answer" in said) {
      waiting.resolve(said.answer as never);
    } else if ("failure" in said) {
      waiting.reject(new Failure(said.failure));
    } else if ("crash" in said) {
      waiting.reject(Crash.told(said.crash.reason, said.crash.message));
    } else {
      waiting.reject(new Error(said.error));
    }
  }
}

/** How many parts a batch may have at most; see `Plugin.process`. */
function parts(asked: object): number {
  const { traces, maxViewBytes } = asked as Partial<Calls["process"][0]>;
  return traces === undefined || !maxViewBytes ? 1 : 1 + 2 * Math.ceil(traces.length / maxViewBytes);
}
