// A core module whose memory cannot grow above a limit, which JavaScript cannot set from outside.

const HEADER = 8;
const MEMORY_SECTION = 5;
const PAGE = 1 << 16;

/**
 * The module with this many bytes as the most that its memory may have; as it is where it asks for less.
 * Its code stays the same, and so does the digest that the meter's section has of it.
 *
 * It was found valid before, so what stands in it is what should.
 */
export function withMemoryLimit(core: Uint8Array<ArrayBuffer>, bytes: number): Uint8Array<ArrayBuffer> {
  const pages = Math.floor(bytes / PAGE);
  for (let at = HEADER; at < core.length; ) {
    const id = core[at]!;
    const size = unsigned(core, at + 1);
    const end = size.end + size.value;
    if (id === MEMORY_SECTION) {
      const section = limited(core.subarray(size.end, end), pages);
      return joined(core.subarray(0, at), [MEMORY_SECTION, ...leb(section.length), ...section], core.subarray(end));
    }
    at = end;
  }
  return core;
}

/** The content of a memory section: one memory, with its flags, its least and its most pages. */
function limited(section: Uint8Array, pages: number): number[] {
  const flags = section[1]!;
  const least = unsigned(section, 2);
  const most = (flags & 1) === 0 ? pages : Math.min(pages, unsigned(section, least.end).value);
  if (least.value > pages) {
    const found = `found a module that starts with ${least.value * 64} KiB of memory`;
    throw new Error(`${found}; expected no more than the limit of ${(pages * PAGE) >> 20} MiB`);
  }
  return [section[0]!, flags | 1, ...leb(least.value), ...leb(most)];
}

function joined(before: Uint8Array, between: number[], after: Uint8Array): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(before.length + between.length + after.length);
  all.set(before);
  all.set(between, before.length);
  all.set(after, before.length + between.length);
  return all;
}

/** An unsigned LEB128 number of up to 32 bits, and where it ends. */
function unsigned(bytes: Uint8Array, at: number): { value: number; end: number } {
  let value = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at++]!;
    value += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) {
      return { value, end: at };
    }
  }
}

function leb(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...leb(value >>> 7)];
}
