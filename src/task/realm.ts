/**
 * What all copies of this library in one thread share. A run may hold two copies (one from JSR, one
 * from a file); they find each other through one registered symbol on the global object. This is the
 * only state outside of objects that somebody made, and the only file that touches it.
 */
import type { LogLevel } from "./context.ts";
import type { AnyFunction } from "./function_types.ts";
import type { FoundTask } from "./task.ts";

/** Takes a line of the log. */
export type LogSink = (level: LogLevel, text: string) => void;

/** The log of a run on this very thread. */
export interface InlineLog {
  /** Whether it is a task or a hook of the run that is running. */
  isCurrent(): boolean;
  readonly write: LogSink;
}

/** A scheduler as the collector of a worker sees it. */
export interface CollectedScheduler {
  /** Where it was made, and which of those made there it is: the same in every thread. */
  readonly key: string;
  /** The tasks registered so far, by name. */
  readonly registered: ReadonlyMap<string, FoundTask>;
}

/**
 * In a worker that imports a module for its tasks, schedulers collect instead of running: the
 * constructor announces itself here, and `start()` waits here.
 */
export interface Collector {
  /** Called by the constructor. */
  collect(scheduler: CollectedScheduler): void;
  /** Called by `start()`. Resolves with a {@linkcode PastStart}, if the run is already past it. */
  park(scheduler: CollectedScheduler, start: number): Promise<unknown>;
  /** The shared state, if it is this scheduler whose run this worker takes part in. */
  stateOf(scheduler: CollectedScheduler): object | undefined;
}

/** What a start that is over came to, for code that is run again in a worker. */
export interface PastStart {
  readonly summary?: unknown;
  /** What it threw, if it did. */
  readonly error?: unknown;
  /** What the scheduler's state holds, as plain data. */
  readonly state: Readonly<Record<string, unknown>> | undefined;
}

/** What hangs on the global object. */
export interface Realm {
  /** How many functions were marked. */
  markCount: number;
  /** Records each function as it is marked, while the main thread loads a module for its tasks. */
  recordMark: ((fn: AnyFunction) => void) | undefined;
  /** How many schedulers were made at each place. */
  readonly schedulers: Map<string, number>;
  /** Tells what starts of schedulers came to, by scheduler: module code run again in a worker asks. */
  readonly pastStarts: Map<string, (() => PastStart)[]>;
  /** Where log lines go. */
  log: LogSink | undefined;
  /** Inline runs, which may overlap, or one be in a task of another: each takes what its own tasks log instead. */
  readonly inlineLogs: InlineLog[];
  /** Each makes a plain copy of what is in a state of one copy of the library, and of nothing else. */
  readonly snapshots: Set<(value: object) => object | undefined>;
  /** Set in a worker that collects. */
  collector: Collector | undefined;
  /** Whether its code is loaded: schedulers that tasks make run, as anywhere. */
  runsTasks: boolean;
}

const REALM: unique symbol = Symbol.for("thread-order.realm") as never;

/** The realm of this thread. */
export function realm(): Realm {
  const host = globalThis as { [REALM]?: Realm };
  return host[REALM] ??= {
    markCount: 0,
    recordMark: undefined,
    schedulers: new Map(),
    pastStarts: new Map(),
    log: undefined,
    inlineLogs: [],
    snapshots: new Set(),
    collector: undefined,
    runsTasks: false,
  };
}
