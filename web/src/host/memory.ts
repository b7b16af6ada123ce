// A plugin's memory, looked at by the canonical ABI. Nothing that stands there is trusted: what is
// wrong becomes a Crash, never an error of ours. The twin of `collector/internal/plugin/abi.go`.

import { checkElements, lineBytes } from "../rust/web.js";
import { Crash, within } from "./stopped.ts";

export type Realloc = (old: number, oldSize: number, align: number, size: number) => number;

/** How many bytes a list or a string takes where it stands in a record. */
export const LIST = 8;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** One value in the memory, good until the plugin runs again. */
export type Record = DataView<ArrayBuffer>;

/** A list that stands somewhere else. */
export interface List {
  elements: Record;
  count: number;
}

export class Memory {
  /** How many bytes of lists were looked at since the last call. */
  private lifted = 0;
  /** How many elements of lists were, texts and bytes not counted. */
  private elements = 0;

  constructor(
    private readonly memory: WebAssembly.Memory,
    private readonly realloc: Realloc,
  ) {}

  /** A new answer is looked at. */
  begin(): void {
    this.lifted = 0;
    this.elements = 0;
  }

  /** `size` bytes of memory, where they are all inside it and start where the type must. */
  view(pointer: number, size: number, align: number): Record {
    const start = pointer >>> 0;
    const length = this.memory.buffer.byteLength;
    if (start % align !== 0) {
      throw Crash.contract(`a pointer is not a multiple of ${align}`);
    }
    if (size > length) {
      throw Crash.contract(`a value of ${size} bytes is larger than the memory`);
    }
    if (start + size > length) {
      throw Crash.contract(`a value of ${size} bytes runs past the end of the memory`);
    }
    return new DataView(this.memory.buffer as ArrayBuffer, start, size);
  }

  /** The elements of the list that `record` holds at this place, each of `size` bytes. */
  list(record: Record, at: number, size: number, align: number): List {
    const count = u32(record, at + 4);
    const elements = this.view(u32(record, at), count * size, align);
    this.lifted += elements.byteLength;
    if (this.lifted > this.memory.buffer.byteLength) {
      throw Crash.contract("an answer holds more than the memory, for its values overlap");
    }
    return { elements, count };
  }

  /** Every element of a list, lifted one by one. */
  each<T>(record: Record, at: number, size: number, lift: (element: Record, at: number) => T, align = 4): T[] {
    const { elements, count } = this.list(record, at, size, align);
    this.elements += count;
    within(() => checkElements(this.elements));
    return Array.from({ length: count }, (_, index) => lift(elements, index * size));
  }

  /** A copy of the list<u8> at this place. */
  bytes(record: Record, at: number): Uint8Array {
    return asBytes(this.list(record, at, 1, 1).elements).slice();
  }

  /** The string at this place. */
  text(record: Record, at: number): string {
    return utf8(asBytes(this.list(record, at, 1, 1).elements), "a string is not UTF-8");
  }

  /** The string at this place, cut where it is longer than a line may be. */
  line(record: Record, at: number): string {
    const bytes = asBytes(this.list(record, at, 1, 1).elements);
    utf8(bytes, "a string is not UTF-8");
    return cut(bytes, lineBytes());
  }

  /** Asks the plugin for memory that it then owns. */
  allocate(size: number, align: number): number {
    const pointer = this.realloc(0, 0, align, size) >>> 0;
    this.view(pointer, size, align);
    return pointer;
  }

  /** Copies bytes into the plugin's memory. */
  lower(bytes: Uint8Array): number {
    const pointer = this.allocate(bytes.length, 1);
    asBytes(this.view(pointer, bytes.length, 1)).set(bytes);
    return pointer;
  }

  /** Copies bytes into the memory, and writes down at `place` where they stand. */
  lowerAt(place: number, bytes: Uint8Array): void {
    const pointer = this.lower(bytes);
    // Looked up again each time: the memory may have moved.
    const record = this.view(place, LIST, 4);
    record.setUint32(0, pointer, true);
    record.setUint32(4, bytes.length, true);
  }

  /** As `lowerAt`, of a text. What is no Unicode in it gives way to U+FFFD. */
  lowerTextAt(place: number, text: string): void {
    this.lowerAt(place, encoder.encode(text));
  }
}

export function u32(record: Record, at: number): number {
  return record.getUint32(at, true);
}

export function asBytes(record: Record): Uint8Array<ArrayBuffer> {
  return new Uint8Array(record.buffer, record.byteOffset, record.byteLength);
}

/** The text that these bytes are; where they are none, `otherwise` says so. */
export function utf8(bytes: Uint8Array, otherwise: string): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw Crash.contract(otherwise);
  }
}

/** The first bytes of a text, at most so many, and no half letter at the end. */
export function cut(text: Uint8Array, most: number): string {
  let end = Math.min(text.length, most);
  while (end < text.length && (text[end]! & 0xc0) === 0x80) {
    end -= 1;
  }
  return decoder.decode(text.subarray(0, end));
}
