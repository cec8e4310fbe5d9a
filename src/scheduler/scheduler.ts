/**
 * The embedded scheduler: functions are registered in code, and run by `start()`. It stays light, since
 * every worker that imports a module with a scheduler imports this file too: what only a run needs
 * is imported by `start()`.
 */
import { UsageError } from "../base/errors.ts";
import { partUrl } from "../runtime/package.ts";
import type { Summary } from "../events/summary.ts";
import { Graph } from "../graph/graph.ts";
import { PrestartedWorker } from "../pool/prestarted_worker.ts";
import type { Pool } from "../pool/pool.ts";
import { REPLAY_WORKER_NAME } from "../lane/worker_protocol.ts";
import type { State } from "../task/context.ts";
import { type CollectedScheduler, type PastStart, realm } from "../task/realm.ts";
import type {
  AnyFunction,
  Marker,
  MarkerOf,
  OwnStateTask,
  PlainTask,
  StateTask,
  Undecided,
} from "../task/function_types.ts";
import type { FoundTask } from "../task/task.ts";
import { callerModule, nextKey } from "./call_site.ts";
import type { Callback, CallbackArguments } from "./callbacks.ts";
import { checkOptions, isolationOf, startsThreads } from "./scheduler_options.ts";
import { KeptWorkersNote } from "../run/kept_workers_note.ts";
import type { RegisterOptions, SchedulerOptions } from "./scheduler_options.ts";
import { createCallback, createTask, resolveName } from "./registration.ts";
import { recordStart, SchedulerState } from "./scheduler_state.ts";

/**
 * Runs registered functions on several threads, in an order that is always right.
 *
 * ```ts
 * import { Scheduler } from "@thread-order/cli";
 *
 * const s = new Scheduler({ workers: 2, state: { counter: 0 } });
 * s.register(() => 10, "load");
 * s.register((state) => state.results.load * 2, "double", { after: ["load"], withState: true });
 *
 * if (import.meta.main) {
 *   const summary = await s.start();
 *   console.log(summary.text, s.state.results.double);
 * }
 * ```
 */
export class Scheduler implements AsyncDisposable {
  readonly #options: SchedulerOptions;
  readonly #tasks = new Map<string, FoundTask>();
  readonly #modules = new Set<string>();
  readonly #callbacks: Callback[] = [];
  readonly #collected: CollectedScheduler;
  /** Whether it was made by code that a worker loads for its tasks: then it runs nothing itself. */
  readonly #isCollected: boolean;
  #graph: Graph | undefined;
  readonly #state: SchedulerState;
  #starts = 0;
  /** The run that is going on; resolves when its threads are through with it. */
  #running: Promise<unknown> | undefined;
  #pool: Pool | undefined;
  readonly #keptWorkersNote = new KeptWorkersNote();
  #isDisposed = false;

  /**
   * Makes a scheduler without tasks.
   *
   * @throws {RangeError} when a number or a time is out of bounds, such as `workers`, from 0 to 63.
   * @throws {TypeError} when an option is of the wrong kind, or there is no such option.
   */
  constructor(options: SchedulerOptions = {}) {
    checkOptions(options);
    this.#options = options;
    const module = options.module ?? callerModule(Scheduler);
    if (module !== undefined) this.#modules.add(module);
    this.#collected = { key: nextKey(Scheduler, options.module), registered: this.#tasks };
    if ((globalThis as { name?: string }).name === REPLAY_WORKER_NAME) becomeReplayWorker();
    const { collector, runsTasks } = realm();
    this.#isCollected = collector !== undefined && !runsTasks;
    const collected = this.#isCollected ? this.#collected : undefined;
    if (collected) collector!.collect(collected);
    this.#state = new SchedulerState(options.state, collected);
  }

  /**
   * Registers a function as a task.
   *
   * @param name Unique among the tasks of this scheduler.
   * @throws {TypeError} when `fn` is not a function, `name` not a string, or an option of the wrong kind.
   * @throws {RangeError} when a number or a time is out of bounds.
   * @throws {GraphError} when the name is taken.
   */
  register(fn: PlainTask, name: string, options?: RegisterOptions & { withState?: false }): void;
  /** Registers a function that takes the state. */
  register(fn: StateTask, name: string, options: RegisterOptions & { withState: true }): void;
  /** Registers a function whose state has a type of the user's own. */
  register(fn: OwnStateTask, name: string, options: RegisterOptions & { withState: true }): void;
  /** Registers a function, with options that do not say, as they are written, what it is given. */
  register<O extends RegisterOptions>(
    fn: AnyFunction,
    name: string,
    options: O & Undecided<O>,
  ): void;
  register(fn: AnyFunction, name: string, options: RegisterOptions = {}): void {
    this.#addCallerModule(this.register);
    this.#addTask(fn, name, options);
  }

  /**
   * Registers a function under its own name; also as a decorator of a static method:
   * `@s.dregister({ after: ["load"] }) static double() {}`.
   *
   * @returns What registers a function and returns it.
   * @throws {TypeError} and {GraphError} as {@linkcode register} does.
   */
  dregister<W extends boolean = false>(options?: RegisterOptions & { withState?: W }): MarkerOf<W>;
  dregister(options: RegisterOptions = {}): Marker {
    this.#addCallerModule(this.dregister);
    return (fn, context) => {
      this.#addTask(...resolveName(fn, context), options);
      return fn;
    };
  }

  /** Calls `fn(name, ...args)` when a task is about to start: only a thread is missing. */
  onTaskStart<A extends unknown[]>(
    fn: (...args: [...CallbackArguments["taskStart"], ...A]) => unknown,
    ...args: A
  ): void {
    this.#callbacks.push(createCallback("taskStart", fn, args));
  }

  /** Calls `fn(name, thread, ...args)` when a task has started. */
  onTaskRun<A extends unknown[]>(
    fn: (...args: [...CallbackArguments["taskRun"], ...A]) => unknown,
    ...args: A
  ): void {
    this.#callbacks.push(createCallback("taskRun", fn, args));
  }

  /** Calls `fn(name, thread, status, count, ...args)` when a task has its outcome. */
  onTaskDone<A extends unknown[]>(
    fn: (...args: [...CallbackArguments["taskDone"], ...A]) => unknown,
    ...args: A
  ): void {
    this.#callbacks.push(createCallback("taskDone", fn, args));
  }

  /** Calls `fn(meta, ...args)` when a run begins. */
  onSchedulerStart<A extends unknown[]>(
    fn: (...args: [...CallbackArguments["schedulerStart"], ...A]) => unknown,
    ...args: A
  ): void {
    this.#callbacks.push(createCallback("schedulerStart", fn, args));
  }

  /** Calls `fn(summary, ...args)` when a run is over. */
  onSchedulerDone<A extends unknown[]>(
    fn: (...args: [...CallbackArguments["schedulerDone"], ...A]) => unknown,
    ...args: A
  ): void {
    this.#callbacks.push(createCallback("schedulerDone", fn, args));
  }

  /**
   * Runs all tasks. It may be called again when it has resolved.
   *
   * @returns The summary; failing tasks do not reject it.
   * @throws {GraphError} when the tasks cannot be put in order.
   * @throws {UsageError} when a run is going on, the scheduler was disposed of, or there is no module that
   * workers could import.
   * @throws {TypeError} when the state cannot hold what the option `state` gives it.
   * @throws {EngineError} when an engine refuses what it is told, or has lost the run.
   */
  async start(): Promise<Summary> {
    const { collector, runsTasks } = realm();
    const isInWorker = this.#isCollected && !runsTasks;
    const runsThisTask = this.#isCollected && collector?.stateOf(this.#collected) !== undefined;
    const usageError = (why: string) => new UsageError(`Cannot start the scheduler: ${why}`);
    if (this.#running || (runsThisTask && !isInWorker)) throw usageError("it is running");
    if (this.#isDisposed) throw usageError("it was disposed of");
    if (isInWorker) return await this.#parkStart();
    const isReplayed = this.#options.mode === "replay";
    const start = { key: this.#collected.key, start: this.#starts++, isReplayed };
    const poolFinished = Promise.withResolvers<unknown>();
    this.#running = poolFinished.promise;
    this.#keptWorkersNote.end();
    // Its first thread loads what it needs while this one does.
    using prestarted = !this.#pool && startsThreads(this.#options)
      ? new PrestartedWorker()
      : undefined;
    try {
      const { graph } = this; // what is registered from now on belongs to the next start
      const { runScheduler } = await import("./run_scheduler.ts");
      const summary = await runScheduler({
        options: this.#options,
        graph,
        state: this.#state.shared,
        tasks: this.#tasks,
        modules: [...this.#modules],
        ...{ ...start, callbacks: this.#callbacks, pool: this.#pool, prestarted },
        onPoolFinished: (pool) => poolFinished.resolve(this.#pool = pool), // its callbacks may dispose of this
      });
      recordStart(start, this.#state.sharedIfCreated, { summary });
      return summary;
    } catch (error) {
      recordStart(start, this.#state.sharedIfCreated, { error });
      throw error;
    } finally {
      this.#running = undefined;
      poolFinished.resolve(undefined);
      if (this.#pool && isolationOf(this.#options) !== "inline") this.#keptWorkersNote.begin();
    }
  }

  /** In a worker: what a start has come to on the main thread, once it is over there. */
  async #parkStart(): Promise<Summary> {
    this.#running = Promise.resolve(); // who disposes of it here has nothing to wait for
    const past = await realm().collector!.park(this.#collected, this.#starts++) as PastStart;
    this.#running = undefined;
    this.#state.past = past.state;
    if (past.error !== undefined) throw past.error;
    return past.summary as Summary;
  }

  /**
   * The tasks and their order, as registered so far.
   *
   * @throws {GraphError} when they cannot be put in order.
   */
  get graph(): Graph {
    return this.#graph ??= Graph.from([...this.#tasks.values()].map(({ spec }) => spec));
  }

  /** The shared state: before, during and after a run. */
  get state(): State {
    return this.#state.root;
  }

  /** A plain copy of the state, without the lock. */
  get sanitizedState(): Record<string, unknown> {
    return this.#state.sanitized;
  }

  /**
   * Ends the workers that `keepWorkers` has kept, when a run that is going on is over. `await using` reads it
   * where the scheduler is declared.
   */
  get [Symbol.asyncDispose](): () => Promise<void> {
    this.#keptWorkersNote.drop();
    return () => this.#dispose();
  }

  async #dispose(): Promise<void> {
    this.#isDisposed = true;
    await this.#running;
    await this.#pool?.[Symbol.asyncDispose]();
    this.#pool = undefined;
  }

  /** Where nobody has named a module, threads look for tasks in those that call this function of ours. */
  #addCallerModule(callee: typeof this.register | typeof this.dregister): void {
    if (this.#options.module !== undefined || isolationOf(this.#options) === "inline") return;
    const module = callerModule(callee);
    if (module !== undefined) this.#modules.add(module);
  }

  #addTask(fn: AnyFunction, name: string, options: RegisterOptions): void {
    this.#tasks.set(name, createTask(fn, name, options, (it) => this.#tasks.has(it)));
    this.#graph = undefined;
  }
}

/**
 * In a worker whose entry is the main program: the first scheduler it makes turns the thread into a
 * worker of the pool. Loading that takes a turn; schedulers wait for it in `start()`.
 */
function becomeReplayWorker(): void {
  if (realm().collector) return;
  const parked: (() => void)[] = [];
  const waiting: CollectedScheduler[] = [];
  realm().collector = {
    stateOf: () => undefined,
    collect: (scheduler) => waiting.push(scheduler),
    park: async (scheduler, start) => {
      await new Promise<void>((resolve) => parked.push(resolve));
      return await realm().collector!.park(scheduler, start);
    },
  };
  const url = partUrl("workers/task_worker").href;
  import(url).then(() => {
    for (const scheduler of waiting) realm().collector!.collect(scheduler);
    for (const resume of parked) resume();
  });
}
