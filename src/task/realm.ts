/**
 * The realm: the state that all copies of this library in one thread share. A run may hold two
 * copies (one from JSR, one from a file); they find each other through one registered symbol on the
 * global object. This is the only global state, and the only file that accesses the global object.
 */
import type { LogLevel } from "./context.ts";
import type { AnyFunction } from "./function_types.ts";
import type { FoundTask } from "./task.ts";

/** Writes a line of the log. */
export type LogSink = (level: LogLevel, text: string) => void;

/** The log of an inline run, on this thread. */
export interface InlineLog {
  /** Whether the current code belongs to a task or hook of that run. */
  isCurrent(): boolean;
  readonly write: LogSink;
}

/** A scheduler as the collector of a worker sees it. */
export interface CollectedScheduler {
  /**
   * The location of its creation and its index among the schedulers created there: the same in
   * every thread.
   */
  readonly key: string;
  /** The tasks registered so far, by name. */
  readonly registered: ReadonlyMap<string, FoundTask>;
}

/**
 * The mode of a worker that imports a module for its tasks: schedulers collect instead of running.
 * The constructor calls `collect`, and `start()` waits in `park`.
 */
export interface Collector {
  /** The modules that this worker imports for the tasks of schedulers. */
  readonly modules: ReadonlySet<string>;
  /** Registers a scheduler; called by its constructor. */
  collect(scheduler: CollectedScheduler): void;
  /**
   * Suspends `start()`. Resolves with a {@linkcode PastStart} if the run has passed that start
   * already.
   */
  park(scheduler: CollectedScheduler, start: number): Promise<unknown>;
  /** The shared state, if this worker takes part in a run of that scheduler. */
  stateOf(scheduler: CollectedScheduler): object | undefined;
}

/** The result of a finished start, for code that runs again in a worker. */
export interface PastStart {
  readonly summary?: unknown;
  /** The error, if the start threw. */
  readonly error?: unknown;
  /** The scheduler's state as plain data. */
  readonly state: Readonly<Record<string, unknown>> | undefined;
}

/** The shared state on the global object. */
export interface Realm {
  /** Number of marked functions. */
  markCount: number;
  /** Records each marked function while the main thread loads a module for its tasks. */
  recordMark: ((fn: AnyFunction) => void) | undefined;
  /** Records each resource that is created meanwhile. */
  recordResource: ((resource: object) => void) | undefined;
  /** Number of schedulers created at each location. */
  readonly schedulers: Map<string, number>;
  /** Results of finished starts by scheduler key, for module code that runs again in a worker. */
  readonly pastStarts: Map<string, (() => PastStart)[]>;
  /** The sink of log lines. */
  log: LogSink | undefined;
  /** Logs of inline runs, which may overlap or nest; each receives the lines of its own tasks. */
  readonly inlineLogs: InlineLog[];
  /**
   * Functions that copy a state as plain data, one per copy of the library; undefined for other
   * objects.
   */
  readonly snapshots: Set<(value: object) => object | undefined>;
  /** Set in a worker that collects. */
  collector: Collector | undefined;
  /** Whether the module is loaded, so that schedulers created by tasks run as anywhere. */
  runsTasks: boolean;
}

const REALM: unique symbol = Symbol.for("thread-order.realm") as never;

/** Returns the realm of this thread. */
export function realm(): Realm {
  const host = globalThis as { [REALM]?: Realm };
  return host[REALM] ??= {
    markCount: 0,
    recordMark: undefined,
    recordResource: undefined,
    schedulers: new Map(),
    pastStarts: new Map(),
    log: undefined,
    inlineLogs: [],
    snapshots: new Set(),
    collector: undefined,
    runsTasks: false,
  };
}
