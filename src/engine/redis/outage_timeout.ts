/** How long an engine may be away, or refuse what it is told, until it is given up. */
import { clearTimeout, setTimeout } from "../../runtime/timers.ts";
import { EngineFailure } from "./engine_failure.ts";
import { isReplyError, replyText } from "./connection_errors.ts";

/** What is watched. */
export interface OutageTimeoutOptions {
  /** Where the engine is, without what is secret. */
  readonly displayUrl: string;
  /** How long, in milliseconds. */
  readonly timeoutMs: number;
  /** Tells whether anything can be written there. */
  readonly probe: () => Promise<unknown>;
  readonly onTimeout: (error: EngineFailure) => void;
}

/** See the head of this file. */
export class OutageTimeout implements Disposable {
  readonly #options: OutageTimeoutOptions;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** What it answers instead of doing what it was told. */
  #rejection: Error | undefined;
  #isProbing = false;

  constructor(options: OutageTimeoutOptions) {
    this.#options = options;
  }

  /** Something was refused, and is told again by a new connection. */
  onRejected(error: Error): void {
    this.#rejection = error;
  }

  /** There is no connection. */
  onDisconnect(): void {
    const { displayUrl, timeoutMs, onTimeout } = this.#options;
    this.#timer ??= setTimeout(() => {
      const [problem, reason] = this.#rejection === undefined
        ? ["did not answer"]
        : ["has refused", replyText(this.#rejection)];
      onTimeout(
        new EngineFailure(
          `the engine at ${displayUrl} ${problem} for ${timeoutMs / 1_000} s`,
          reason,
        ),
      );
    }, timeoutMs);
  }

  /**
   * There is one again. What was under way is sent again, and the probe with it: a value too large for the network
   * breaks the next connection, too, and what is refused still is refused again.
   */
  async onReconnect(): Promise<void> {
    if (this.#isProbing) return;
    this.#isProbing = true;
    try {
      await this.#options.probe();
    } catch (error) {
      if (!isReplyError(error)) return;
    } finally {
      this.#isProbing = false;
    }
    this.#rejection = undefined;
    this[Symbol.dispose]();
  }

  /** Gives nothing up any more. */
  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
