// Why a call gave no answer, in the words of every host (`crates/plugin/src/run.rs`).

/** An answer of the plugin that it cannot do its work. The instance is still good. */
export class Failure extends Error {
  override readonly name = "Failure";
}

export type Reason = "out of time" | "out of stack" | "contract" | "trapped";

/** After this the instance is of no use any more. Says nothing of what it was working on. */
export class Crash extends Error {
  override readonly name = "Crash";

  private constructor(
    readonly reason: Reason,
    message: string,
  ) {
    super(message);
  }

  /** One that happened in a worker. */
  static told(reason: Reason, message: string): Crash {
    return new Crash(reason, message);
  }

  static outOfTime(millis: number): Crash {
    return new Crash("out of time", `ran longer than ${duration(millis)}`);
  }

  /** It answered, counted or logged what the contract does not allow. */
  static contract(detail: string): Crash {
    return new Crash("contract", `broke the contract: ${detail}`);
  }

  /** What WebAssembly threw, in its own words where we have none. */
  static of(error: unknown): Crash {
    if (error instanceof Crash) {
      return error;
    }
    const words = error instanceof Error ? error.message.split("\n", 1)[0]! : String(error);
    if (/call stack|too much recursion/.test(words)) {
      return new Crash("out of stack", "called itself too deep");
    }
    return new Crash("trapped", `trapped: ${words}`);
  }
}

/** What `crates/web` finds wrong with what a plugin does is outside the contract. */
export function within<T>(check: () => T): T {
  try {
    return check();
  } catch (error) {
    throw Crash.contract((error as Error).message);
  }
}

/** Says what the plugin did, after its name or "the plugin". */
export function deed(stopped: Failure | Crash): string {
  return stopped instanceof Failure ? `failed: ${stopped.message}` : stopped.message;
}

/** As Rust writes a duration: `1s`, `1.5s`, `20ms`. */
function duration(millis: number): string {
  return millis >= 1000 ? `${millis / 1000}s` : `${millis}ms`;
}
