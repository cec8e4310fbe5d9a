/** What a task function is given: the state all threads share, and its own context. */

/** The state lock, held until it is disposed of: `using _lock = state._state_lock.acquire();`. */
export interface StateLockGuard extends Disposable {
  /** The thread that died holding the lock before this one got it, or undefined. */
  readonly abandonedBy: string | undefined;
}

/**
 * The one re-entrant lock of a run, at `state._state_lock`. It belongs to an async flow, not to a
 * thread: two concurrent branches of one task exclude each other, nested sections of one do not.
 */
export interface StateLock {
  /**
   * Takes the lock, blocking this thread until it is free.
   *
   * @throws {StateLockError} where waiting would freeze the main thread or never end (another branch
   * of this thread holds the lock): use `acquireAsync` there.
   */
  acquire(): StateLockGuard;
  /**
   * Takes the lock without blocking the thread: `using lock = await state._state_lock.acquireAsync()`. It is
   * `using` that tells which flow holds it: held otherwise, a section within this one would wait for it
   * without end.
   */
  acquireAsync(): Promise<StateLockGuard>;
  /** Calls `fn` with the lock held, and releases it when `fn` returns, throws or settles. */
  run<T>(fn: () => T): Promise<Awaited<T>>;
}

/**
 * The shared state as a task sees it: one ordinary-looking object that every thread sees, nested
 * values included.
 */
export interface State {
  /** Re-entrant lock for changes that read before they write. */
  readonly _state_lock: StateLock;
  /** What the tasks that passed returned, by task name. Written by the scheduler. */
  // deno-lint-ignore no-explicit-any -- results are whatever the user's tasks returned
  readonly results: Record<string, any>;
  /**
   * Reads `state[key]`, calls `fn` with it, and writes what it returns, as one step under the state
   * lock: `state.update("counter", (n) => n + 1)`. An object that is there may also be changed in
   * place, and nothing returned; a new one has to be returned. If `fn` throws, `state[key]` is not
   * written. `fn` may be called again when somebody assigns the key meanwhile without the lock, and
   * must not return a promise.
   *
   * It is found like an inherited method: a key of your own named `update` comes first.
   *
   * @returns the new value.
   * @throws {StateLockError} as {@linkcode StateLock.acquire} does: on the main thread, use
   * `await state._state_lock.run(() => state.update(…))` where another thread may hold the lock.
   */
  // deno-lint-ignore no-explicit-any -- values are the user's own
  update(key: string, fn: (value: any) => unknown): any;
  /** Whatever the tasks put there. */
  // deno-lint-ignore no-explicit-any -- keys and values are the user's own
  [key: string]: any;
}

/** How much a line of a log matters. */
export type LogLevel = "debug" | "info" | "warn" | "error";

/** Writes lines to the run's log, each with the thread and the task it came from. */
export interface Logger {
  /** A line for who looks closely (`--verbose`). */
  debug(...values: unknown[]): void;
  /** A line for everybody. */
  info(...values: unknown[]): void;
  /** Something is odd. */
  warn(...values: unknown[]): void;
  /** Something is wrong. */
  error(...values: unknown[]): void;
}

/** What the scheduler tells a task about itself. */
export interface TaskContext {
  /** The task's name. */
  readonly name: string;
  /** The thread it runs on: `thread_0`, `thread_1`, … */
  readonly thread: string;
  /** Which attempt this is, from 1. */
  readonly attempt: number;
  /** Aborted when the attempt is to end: its time is up, or the run is cancelled. */
  readonly signal: AbortSignal;
  /** The run's log. */
  readonly log: Logger;
}
