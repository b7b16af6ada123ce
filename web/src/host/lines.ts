// How many lines a plugin may write to the log. The twin of `crates/host/src/bounds.rs`.

/** Lines that it may write in a second, by the time that it is told. */
const LINES_PER_SECOND = 10n;

/** Lines that it may write after it was silent for a while. */
const LINES_AT_ONCE = 100n;

/** What a line costs, in nanoseconds. */
const LINE = 1_000_000_000n / LINES_PER_SECOND;

export class Lines {
  private now = 0n;
  /** When as many may be written at once as ever, if none is meanwhile. */
  private rested = 0n;
  private leftOut = 0;

  /** Takes in what time it is, in nanoseconds since 1970. */
  at(now: bigint): void {
    this.now = later(this.now, now);
  }

  /** Whether another line may be written, and what is to be said before it of those that were not. */
  admit(): { isAdmitted: boolean; before?: string } {
    const rested = later(this.rested, this.now) + LINE;
    if (rested - this.now > LINES_AT_ONCE * LINE) {
      this.leftOut += 1;
      return { isAdmitted: false };
    }
    this.rested = rested;
    const count = this.leftOut;
    this.leftOut = 0;
    const why = `for it writes more than ${LINES_PER_SECOND} a second`;
    return count === 0 ? { isAdmitted: true } : { isAdmitted: true, before: `lines of the plugin that were left out, ${why}: ${count}` };
  }
}

function later(one: bigint, other: bigint): bigint {
  return one > other ? one : other;
}
