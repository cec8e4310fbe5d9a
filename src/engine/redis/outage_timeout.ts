/** Limits how long an engine may be unreachable, or reject commands, before a run fails. */
import { clearTimeout, setTimeout } from "../../runtime/timers.ts";
import { EngineFailure } from "./engine_failure.ts";
import { isReplyError, replyText } from "./connection_errors.ts";

/** Options of {@linkcode OutageTimeout}. */
export interface OutageTimeoutOptions {
  /** The engine's URL, without user and password. */
  readonly displayUrl: string;
  /** Maximum duration of an outage in milliseconds. */
  readonly timeoutMs: number;
  /** Rejects if the engine accepts no writes. */
  readonly probe: () => Promise<unknown>;
  readonly onTimeout: (error: EngineFailure) => void;
}

/** Measures outages of an engine. */
export class OutageTimeout implements Disposable {
  readonly #options: OutageTimeoutOptions;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** The last rejection of a command. */
  #rejection: Error | undefined;
  #isProbing = false;

  constructor(options: OutageTimeoutOptions) {
    this.#options = options;
  }

  /** Called when a command was rejected, and is sent again by a new connection. */
  onRejected(error: Error): void {
    this.#rejection = error;
  }

  /** Called when the connection is lost. */
  onDisconnect(): void {
    const { displayUrl, timeoutMs, onTimeout } = this.#options;
    this.#timer ??= setTimeout(() => {
      const [problem, reason] = this.#rejection === undefined
        ? ["did not answer"]
        : ["has rejected commands", replyText(this.#rejection)];
      onTimeout(
        new EngineFailure(
          `the engine at ${displayUrl} ${problem} for ${timeoutMs / 1_000} s`,
          reason,
        ),
      );
    }, timeoutMs);
  }

  /**
   * Called when the connection is back. Pending commands are sent again, followed by the probe. The
   * outage ends with the reply to the probe: a value too large for the network breaks the new
   * connection, too, and a full server rejects the probe again.
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

  /** Stops the timeout. */
  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
