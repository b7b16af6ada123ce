// The state of a plugin, as whoever runs it keeps it: the twin of `crates/plugin/src/entries.rs`.

import type { Entry } from "../host/types.ts";

/** About how many bytes are asked for, or handed over, at a time. */
export const PIECE = 1 << 20;

/** What an entry costs besides its bytes, at about. */
const OVERHEAD = 96;

/** All entries that a plugin told, within a limit. */
export class Entries {
  private readonly held = new Map<string, Entry>();
  private bytes = 0;

  constructor(private readonly limit: number) {}

  get count(): number {
    return this.held.size;
  }

  clear(): void {
    this.held.clear();
    this.bytes = 0;
  }

  /** Takes in what changed. Says how many entries are not kept; of those nothing is, not even what was kept before. */
  take(changed: Entry[]): number {
    return changed.filter((entry) => !this.keep(entry)).length;
  }

  /** All entries in the order of their keys, in pieces to be handed over. */
  pieces(): Entry[][] {
    const pieces: Entry[][] = [];
    let bytes = PIECE;
    for (const [, entry] of [...this.held].sort(([a], [b]) => (a < b ? -1 : 1))) {
      if (bytes >= PIECE) {
        pieces.push([]);
        bytes = 0;
      }
      pieces.at(-1)!.push(entry);
      bytes += size(entry);
    }
    return pieces;
  }

  private keep(entry: Entry): boolean {
    const key = [...entry.key].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    const before = this.held.get(key);
    if (before !== undefined) {
      this.held.delete(key);
      this.bytes -= OVERHEAD + size(before);
    }
    if (entry.value === null) {
      return true;
    }
    const cost = OVERHEAD + size(entry);
    if (this.bytes + cost > this.limit) {
      return false;
    }
    this.bytes += cost;
    this.held.set(key, entry);
    return true;
  }
}

function size({ key, value, belongsTo }: Entry): number {
  return key.length + (value?.length ?? 0) + belongsTo.length;
}
