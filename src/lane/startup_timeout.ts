/**
 * The startup of a thread: it loads the user's module and calls its `setupWorker`. Both are the
 * user's code, and may never end. A notice is printed after a while; where tasks have a time limit,
 * the startup has one, too.
 */
import { callAfterTimeout, callLater } from "../runtime/timers.ts";

/** Time until the notice, in milliseconds. */
const NOTICE_MS = 10_000;
/** Minimum of the limit, in milliseconds: many threads may be loading much code at once. */
const LIMIT_MS = 30_000;

/** The thread whose startup is watched, and the callbacks. */
export interface StartupTimeoutOptions {
  /** Whether the module has a `setupWorker`. */
  readonly hasSetup: boolean;
  /** Time limit of an attempt of a task, in milliseconds; without one, the startup is unlimited. */
  readonly timeoutMs: number | undefined;
  /** Called once when the startup takes long. */
  readonly onNotice: (text: string) => void;
  /** Called when the startup has timed out. */
  readonly onTimeout: (message: string) => void;
  /**
   * The time of the notice and the minimum of the limit, in milliseconds; tests use shorter ones.
   */
  readonly limits?: StartupLimits | undefined;
}

/** Times of a startup, in milliseconds. */
export interface StartupLimits {
  readonly noticeMs: number;
  readonly limitMs: number;
}

/** Watches over the startup of a thread. It is disposed of when the thread is ready or gone. */
export class StartupTimeout implements Disposable {
  readonly #options: StartupTimeoutOptions;
  readonly #limits: StartupLimits;
  readonly #cancelNotice: () => void;
  #cancelLimit: (() => void) | undefined;

  /** Starts the timers. */
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

  /** Applies the limit even without a time limit of tasks: the run is cancelled. */
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
    return `the module's top level${this.#options.hasSetup ? ", or setupWorker," : ""}`;
  }
}

function seconds(ms: number): string {
  return `${ms / 1000} s`;
}
