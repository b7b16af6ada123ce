// A plugin's memory, as plugins should not leave it.

import { Memory } from "../../src/host/memory.ts";
import { Crash } from "../../src/host/stopped.ts";

const PAGE = 65_536;

/** What is read of a text whose pointer and length stand at place 0, and what stands at place 64. */
export function textOf(pointer: number, length: number, bytes: number[]): string {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const stands = new DataView(memory.buffer);
  stands.setUint32(0, pointer, true);
  stands.setUint32(4, length, true);
  new Uint8Array(memory.buffer).set(bytes, 64);
  const guest = new Memory(memory, () => 0);
  return told(() => guest.text(guest.view(0, 8, 4), 0));
}

/** What is said of so many lists of a page each that are one and the same. */
export function listsOfAPage(count: number): string {
  const memory = new WebAssembly.Memory({ initial: 1 });
  new DataView(memory.buffer).setUint32(4, PAGE, true);
  const guest = new Memory(memory, () => 0);
  return told(() => {
    for (let list = 0; list < count; list++) {
      guest.bytes(guest.view(0, 8, 4), 0);
    }
    return "read";
  });
}

/** What is said where a plugin gives this pointer when it is asked for memory. */
export function allocates(pointer: number, size: number, align: number): string {
  const guest = new Memory(new WebAssembly.Memory({ initial: 1 }), () => pointer);
  return told(() => String(guest.allocate(size, align)));
}

function told(read: () => string): string {
  try {
    return read();
  } catch (error) {
    return error instanceof Crash ? error.message : `not ours: ${String(error)}`;
  }
}
