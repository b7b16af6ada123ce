// The desk, as the page has it.

import { rustModule, startWorker } from "../host/workers.ts";
import type { DeskAsked, DeskCall, DeskCalls, DeskSaid } from "./messages.ts";
import workerUrl from "./worker.ts?worker&url";

type Waiting = { resolve: (answer: never) => void; reject: (error: Error) => void };

export class Desk {
  private readonly waiting = new Map<number, Waiting>();
  private asked = 0;

  static async start(): Promise<Desk> {
    const desk = new Desk(await startWorker(workerUrl));
    await desk.ask("start", { rust: await rustModule() });
    return desk;
  }

  private constructor(private readonly worker: Worker) {
    worker.onmessage = ({ data }: MessageEvent<DeskSaid>) => this.take(data);
    worker.onerror = ({ message }) => this.fail(new Error(`the worker that holds the spans ended: ${message}`));
  }

  /** Asks for one call; `transfer` is what may be taken away instead of copied. */
  ask<C extends DeskCall>(call: C, asked: DeskCalls[C][0], transfer: Transferable[] = []): Promise<DeskCalls[C][1]> {
    return new Promise((resolve, reject) => {
      const id = this.asked++;
      this.waiting.set(id, { resolve, reject });
      this.worker.postMessage({ call, id, with: asked } as DeskAsked, transfer);
    });
  }

  private take(said: DeskSaid): void {
    const waiting = this.waiting.get(said.id);
    this.waiting.delete(said.id);
    if ("answer" in said) {
      waiting?.resolve(said.answer as never);
    } else {
      waiting?.reject(new Error(said.error));
    }
  }

  private fail(error: Error): void {
    this.waiting.forEach(({ reject }) => reject(error));
    this.waiting.clear();
  }
}
