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
   * branch of this thread holds the lock): use `acquireAsync` there. Also thrown, by all methods,
   * in code that outlives a task that has failed.
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
 *
 * @typeParam T The keys of the state and the types of their values; by default, any.
 * @typeParam R The results by task name; {@linkcode Results} infers them from a module.
 */
export type State<
  // deno-lint-ignore no-explicit-any -- keys and values are the user's own
  T extends object = Record<string, any>,
  // deno-lint-ignore no-explicit-any -- results are whatever the user's tasks returned
  R = Readonly<Record<string, any>>,
> = T & StateMembers<T, R>;

/** The members of the state that the library provides. */
export interface StateMembers<T extends object, R> {
  /** The re-entrant lock for changes that read before they write. */
  readonly _state_lock: StateLock;
  /** The results of passed tasks, by task name. Written by the scheduler. */
  readonly results: R;
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
  update<K extends keyof T & string>(key: K, fn: (value: T[K]) => T[K] | void): T[K];
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

/** Options of {@linkcode TaskContext.skip}. */
export interface SkipOptions {
  /**
   * Whether the dependents are skipped as well (the default), or run as if the task had passed
   * without a result.
   */
  readonly dependents?: "skip" | "run";
}

/**
 * The context of an attempt.
 *
 * @typeParam R The results of the dependencies, in the shape of the option `after`.
 * @typeParam U The values of the resources, by the keys of the option `use`.
 */
export interface TaskContext<R = unknown, U = unknown> {
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
  /**
   * The results of the task's dependencies, in the shape of the option `after`: a list for a list,
   * an object with the same keys for an object. `in` returns whether there is a result.
   *
   * Reading a result that is missing throws a `TypeError` with the reason, except where the type
   * includes `undefined`. Reading a result of a task that is not declared in `after` also throws.
   */
  readonly results: R;
  /**
   * The values of the resources that the task uses, by the keys of its option `use`. Reading
   * anything that is not declared there throws a `TypeError`.
   */
  readonly use: U;
  /**
   * Ends the task as skipped. Its dependents are skipped as well, or run, by the options.
   *
   * ```ts
   * import { mark } from "@thread-order/cli";
   *
   * export const migrate = mark((_state, task) => {
   *   if (Deno.env.get("DATABASE_URL") === undefined) task.skip("no database");
   *   return "migrated";
   * });
   * ```
   *
   * @param reason The reason, as reporters show it.
   */
  skip(reason: string, options?: SkipOptions): never;
}
