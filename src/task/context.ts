/** The arguments of a task function: the shared state and the task's context. */

/**
 * The acquired state lock, held until its disposal: `using _lock = state._state_lock.acquire();`.
 */
export interface StateLockGuard extends Disposable {
  /**
   * The thread that died while it held the lock, if the lock was taken over from it; else
   * undefined.
   */
  readonly abandonedBy: string | undefined;
}

/**
 * The re-entrant lock of a run, at `state._state_lock`. An async flow owns the lock, not a thread:
 * concurrent branches of one task exclude each other; nested sections of one flow do not.
 */
export interface StateLock {
  /**
   * Acquires the lock, blocking this thread until the lock is free.
   *
   * @throws {StateLockError} where blocking would freeze the main thread or never end (another
   * branch of this thread holds the lock): use `acquireAsync` there.
   */
  acquire(): StateLockGuard;
  /**
   * Acquires the lock without blocking the thread: `using lock = await
   * state._state_lock.acquireAsync()`. The declaration with `using` determines which flow owns the
   * lock: without `using`, a nested section would wait forever.
   */
  acquireAsync(): Promise<StateLockGuard>;
  /** Calls `fn` with the lock held, and releases it when `fn` returns, throws or settles. */
  run<T>(fn: () => T): Promise<Awaited<T>>;
}

/**
 * The shared state as a task sees it: one object, nested values included, that every thread sees
 * and that behaves like an ordinary one.
 */
export interface State {
  /** The re-entrant lock for changes that read before they write. */
  readonly _state_lock: StateLock;
  /** The results of passed tasks, by task name. Written by the scheduler. */
  // deno-lint-ignore no-explicit-any -- results are whatever the user's tasks returned
  readonly results: Record<string, any>;
  /**
   * Reads `state[key]`, calls `fn` with the value, and writes the returned value, atomically under
   * the state lock: `state.update("counter", (n) => n + 1)`. An existing object may also be changed
   * in place, with nothing returned; a new one has to be returned. If `fn` throws, `state[key]` is
   * not written. `fn` may be called again if the key is assigned meanwhile without the lock, and
   * must not return a promise.
   *
   * The method behaves as inherited: a key of the state named `update` takes precedence.
   *
   * @returns the new value.
   * @throws {StateLockError} as {@linkcode StateLock.acquire} does: on the main thread, use `await
   * state._state_lock.run(() => state.update(…))` where another thread may hold the lock.
   */
  // deno-lint-ignore no-explicit-any -- values are the user's own
  update(key: string, fn: (value: any) => unknown): any;
  /** Values assigned by tasks. */
  // deno-lint-ignore no-explicit-any -- keys and values are the user's own
  [key: string]: any;
}

/** The severity of a log line. */
export type LogLevel = "debug" | "info" | "warn" | "error";

/** Writes lines to the run's log, each with its thread and task. */
export interface Logger {
  /** Logs details, shown with `--verbose`. */
  debug(...values: unknown[]): void;
  /** Logs information. */
  info(...values: unknown[]): void;
  /** Logs a warning. */
  warn(...values: unknown[]): void;
  /** Logs an error. */
  error(...values: unknown[]): void;
}

/** The context of an attempt. */
export interface TaskContext {
  /** The task's name. */
  readonly name: string;
  /** The thread that runs the attempt: `thread_0`, `thread_1`, … */
  readonly thread: string;
  /** The attempt's number, from 1. */
  readonly attempt: number;
  /** Aborted when the attempt should end: its timeout has passed, or the run was cancelled. */
  readonly signal: AbortSignal;
  /** The run's log. */
  readonly log: Logger;
}
