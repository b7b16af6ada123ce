// What the tests call in the browser.

import init, { toJson, toProtobuf } from "../../src/rust/web.js";
import { compares } from "./comparing.ts";
import { damaged, replay } from "./golden.ts";
import { plays } from "./hosts.ts";
import * as memory from "./memory.ts";
import * as remote from "./remote.ts";

const ready = init();

declare global {
  interface Window {
    tests: object;
  }
}

window.tests = {
  /** What differs from a golden file, case by case. */
  async replay(file: string, rounds: number): Promise<string[]> {
    await ready;
    return replay(file, rounds);
  },
  async damaged(file: string): Promise<object> {
    await ready;
    return damaged(file);
  },
  /** OTLP JSON, to bytes and back. */
  async throughBytes(json: string): Promise<string> {
    await ready;
    return toJson(toProtobuf(json));
  },
  async toBytes(json: string): Promise<number[]> {
    await ready;
    return [...toProtobuf(json)];
  },
  async compares(...given: Parameters<typeof compares>): Promise<object> {
    await ready;
    return compares(...given);
  },
  async plays(...given: Parameters<typeof plays>): Promise<object> {
    await ready;
    return plays(...given);
  },
  ...memory,
  ...remote,
};
document.title = "ready";
