/**
 * A thread that gets ready to run tasks: it loads the user's module and calls its `setupWorker`. Both
 * are the user's code, and may never come to an end. After a while that is said aloud; and where
 * tasks may not take any time they like, neither may getting ready.
 */
import { callAfterTimeout, callLater } from "../runtime/timers.ts";

/** When it is said. */
const NOTICE_MS = 10_000;
/** Less than this is never the limit: many threads may be loading much code at once. */
const LIMIT_MS = 30_000;

/** See the head of this file. */
export interface StartupTimeoutOptions {
  /** Whether the module has a `setupWorker`. */
  readonly hasSetup: boolean;
  /** Whether it runs the main program, instead of loading a module. */
  readonly isReplay?: boolean;
  /** How long an attempt of a task may take; without it a thread may take any time to get ready. */
  readonly timeoutMs: number | undefined;
  /** Says that it takes long. */
  readonly onNotice: (text: string) => void;
  /** Gives up waiting. */
  readonly onTimeout: (message: string) => void;
  /** When it is said, and the least limit, in milliseconds: other than usual in tests. */
  readonly limits?: StartupLimits | undefined;
}

/** See {@linkcode StartupTimeoutOptions.limits}. */
export interface StartupLimits {
  readonly noticeMs: number;
  readonly limitMs: number;
}

/** See the head of this file. Disposed of when the thread is ready, or gone. */
export class StartupTimeout implements Disposable {
  readonly #options: StartupTimeoutOptions;
  readonly #limits: StartupLimits;
  readonly #cancelNotice: () => void;
  #cancelLimit: (() => void) | undefined;

  /** A thread begins to get ready. */
  constructor(options: StartupTimeoutOptions) {
    this.#options = options;
    this.#limits = options.limits ?? { noticeMs: NOTICE_MS, limitMs: LIMIT_MS };
    const { noticeMs, limitMs } = this.#limits;
    this.#cancelNotice = callLater(
      () =>
        options.onNotice(
          `is not ready after ${seconds(noticeMs)}: ${this.#pendingStep} has not ended`,
        ),
      noticeMs,
    );
    if (options.timeoutMs !== undefined) this.#startLimit(Math.max(options.timeoutMs, limitMs));
  }

  /** Nobody may have any time they like any more: the run is cancelled. */
  enforceLimit(): void {
    if (this.#cancelLimit === undefined) this.#startLimit(this.#limits.limitMs);
  }

  [Symbol.dispose](): void {
    this.#cancelNotice();
    this.#cancelLimit?.();
  }

  #startLimit(limitMs: number): void {
    this.#cancelLimit = callAfterTimeout(() => {
      this.#options.onTimeout(
        `was not ready within ${seconds(limitMs)}: ${this.#pendingStep} did not end`,
      );
    }, limitMs);
  }

  get #pendingStep(): string {
    if (this.#options.isReplay) return "what the main program does before its start";
    return `the module's top level${this.#options.hasSetup ? ", or setupWorker," : ""}`;
  }
}

function seconds(ms: number): string {
  return `${ms / 1000} s`;
}
