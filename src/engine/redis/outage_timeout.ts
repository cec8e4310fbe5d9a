/** How long an engine may be away, or refuse what it is told, until it is given up. */
import { clearTimeout, setTimeout } from "../../runtime/timers.ts";
import { EngineFailure } from "./engine_failure.ts";
import { isReply, replyText } from "./connection_errors.ts";

/** What is watched. */
export interface OutageTimeoutOptions {
  /** Where the engine is, without what is secret. */
  readonly shown: string;
  /** How long, in milliseconds. */
  readonly patienceMs: number;
  /** Tells whether anything can be written there. */
  readonly probe: () => Promise<unknown>;
  readonly giveUp: (error: EngineFailure) => void;
}

/** See the head of this file. */
export class OutageTimeout implements Disposable {
  readonly #parts: OutageTimeoutOptions;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** What it answers instead of doing what it was told. */
  #refusal: Error | undefined;
  #isProbing = false;

  constructor(parts: OutageTimeoutOptions) {
    this.#parts = parts;
  }

  /** Something was refused, and is told again by a new connection. */
  refused(error: Error): void {
    this.#refusal = error;
  }

  /** There is no connection. */
  isDown(): void {
    const { shown, patienceMs, giveUp } = this.#parts;
    this.#timer ??= setTimeout(() => {
      const [does, why] = this.#refusal === undefined
        ? ["did not answer"]
        : ["has refused", replyText(this.#refusal)];
      giveUp(new EngineFailure(`the engine at ${shown} ${does} for ${patienceMs / 1_000} s`, why));
    }, patienceMs);
  }

  /**
   * There is one again. What was under way is sent again, and the probe with it: a value too large for the network
   * breaks the next connection, too, and what is refused still is refused again.
   */
  async isBack(): Promise<void> {
    if (this.#isProbing) return;
    this.#isProbing = true;
    try {
      await this.#parts.probe();
    } catch (error) {
      if (!isReply(error)) return;
    } finally {
      this.#isProbing = false;
    }
    this.#refusal = undefined;
    this[Symbol.dispose]();
  }

  /** Gives nothing up any more. */
  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
