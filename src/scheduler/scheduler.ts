/**
 * The embedded scheduler: a program registers functions and runs them with `start()`. This module
 * stays small, since every worker that imports a module with a scheduler imports it, too: `start()`
 * imports lazily what only a run needs.
 */
import { UsageError } from "../base/errors.ts";
import { type Callee, callerModule, callPositions } from "../runtime/call_sites.ts";
import type { Summary } from "../events/summary.ts";
import type { Graph } from "../graph/graph.ts";
import { PrestartedWorker } from "../pool/prestarted_worker.ts";
import type { Pool } from "../pool/pool.ts";
import type { State } from "../task/context.ts";
import { type CollectedScheduler, type PastStart, realm } from "../task/realm.ts";
import type {
  AnyFunction,
  ContextOf,
  Dependencies,
  FunctionOf,
  Marker,
  MissingResult,
  NoResources,
  Resource,
  Resources,
  StaticMethodContext,
  Task,
  ValueOf,
} from "../task/function_types.ts";
import type { When } from "../task/policy.ts";
import type { ResourceOptions } from "../task/resource.ts";
import type { Callback, CallbackArguments } from "./callbacks.ts";
import { checkOptions, isolationOf, startsThreads } from "./scheduler_options.ts";
import { KeptWorkersNote } from "../run/kept_workers_note.ts";
import type { RegisterOptions, SchedulerOptions } from "./scheduler_options.ts";
import { createCallback, importedModules, resolveName } from "./registration.ts";
import { nextKey, recordStart, SchedulerState } from "./scheduler_state.ts";
import { TaskRegistry } from "./task_registry.ts";

/**
 * A task scheduler for programs: runs registered functions on Web Workers, each after its
 * dependencies.
 *
 * ```ts
 * import { Scheduler } from "@thread-order/cli";
 *
 * const s = new Scheduler({ workers: 2, skipDependents: true });
 * const load = s.register(() => 10, "load");
 * s.register((task) => task.results.load * 2, "double", { after: { load } });
 *
 * if (import.meta.main) {
 *   const summary = await s.start();
 *   console.log(summary.text, s.state.results.double);
 * }
 * ```
 *
 * @typeParam T The keys of the state and the types of their values; by default, any.
 * @typeParam SkipsDependents The type of the option `skipDependents`: without `true`, the result of
 * a dependency may be undefined.
 */
export class Scheduler<
  // deno-lint-ignore no-explicit-any -- keys and values are the user's own
  T extends object = Record<string, any>,
  SkipsDependents extends boolean = boolean,
> implements AsyncDisposable {
  readonly #options: SchedulerOptions;
  readonly #registry = new TaskRegistry();
  readonly #modules = new Set<string>();
  readonly #callbacks: Callback[] = [];
  readonly #collected: CollectedScheduler;
  /** Whether a worker created it to find its tasks; such a scheduler runs nothing itself. */
  readonly #isCollected: boolean;
  readonly #state: SchedulerState;
  #starts = 0;
  /** The current run; resolves when the pool has finished it. */
  #running: Promise<unknown> | undefined;
  #pool: Pool | undefined;
  readonly #keptWorkersNote = new KeptWorkersNote();
  #isDisposed = false;

  /**
   * Creates a scheduler without tasks.
   *
   * @param options Number of threads, initial state, limits and more; all are optional.
   * @throws {RangeError} when a number or a duration is out of range, such as `workers`, from 0 to
   * 63.
   * @throws {TypeError} when an option is unknown or has the wrong type.
   */
  constructor(options: SchedulerOptions<T, SkipsDependents> = {}) {
    checkOptions(options);
    this.#options = options;
    const caller = callPositions(Scheduler);
    const module = options.module ?? caller.module;
    if (module !== undefined) this.#modules.add(module);
    const registry = this.#registry;
    this.#collected = {
      key: nextKey(module, caller.positions),
      get registered() {
        return registry.tasks;
      },
    };
    const { collector, runsTasks } = realm();
    this.#isCollected = collector !== undefined && !runsTasks;
    const collected = this.#isCollected ? this.#collected : undefined;
    if (collected) collector!.collect(collected);
    this.#state = new SchedulerState(options.state, collected);
  }

  /**
   * Registers a function as a task.
   *
   * ```ts
   * import { Scheduler } from "@thread-order/cli";
   *
   * const s = new Scheduler({ skipDependents: true });
   * const load = s.register(() => 10, "load");
   * s.register((task) => task.results.load * 2, "double", {
   *   after: { load },
   *   timeout: "30s",
   *   retries: 2,
   * });
   * ```
   *
   * @param fn The function; its result is kept in `state.results`.
   * @param name The task's name, unique in this scheduler.
   * @param options The task's dependencies and policy.
   * @returns The function, by which other tasks can depend on it: `after: { load }`.
   * @throws {TypeError} when `fn` is not a function, `name` is not a string, or an option is
   * unknown or has the wrong type.
   * @throws {RangeError} when a number or a duration is out of range.
   * @throws {GraphError} when the name is taken.
   */
  register<
    const A extends Dependencies = readonly [],
    W extends When = "passed",
    WithState extends boolean = false,
    U extends Resources = NoResources,
    S = State<T>,
    R = unknown,
  >(
    fn: FunctionOf<WithState, S, undefined, A, MissingResult<W, SkipsDependents>, R, U>,
    name: string,
    options: RegisterOptions<A, W, WithState, U> = {},
  ): Task<R> {
    this.#addCallerModule(this.register);
    this.#registry.register({ fn }, name, options);
    return fn as Task<R>;
  }

  /** Registers a resource, for the option `use`; arguments and errors are as in `register`. */
  resource<
    const A extends Dependencies = readonly [],
    U extends Resources = NoResources,
    R = unknown,
  >(
    fn: (task: ContextOf<A, MissingResult<"passed", SkipsDependents>, U>) => R,
    name: string,
    options: ResourceOptions<A, U> = {},
  ): Resource<ValueOf<R>> {
    this.#addCallerModule(this.resource);
    return this.#registry.addResource(fn, name, options) as Resource<ValueOf<R>>;
  }

  /**
   * Returns a decorator that registers a function under its own name. It also decorates static
   * methods: `@s.dregister({ after: ["load"] }) static double() {}`.
   *
   * ```ts
   * import { Scheduler } from "@thread-order/cli";
   *
   * const s = new Scheduler();
   * const load = s.dregister()(function load() {
   *   return 10;
   * });
   * ```
   *
   * @param options The task's dependencies and policy.
   * @returns A function that registers its argument and returns it unchanged.
   * @throws {TypeError} and {GraphError} as {@linkcode register} does.
   */
  dregister<
    const A extends Dependencies = readonly [],
    W extends When = "passed",
    WithState extends boolean = false,
    U extends Resources = NoResources,
  >(
    options: RegisterOptions<A, W, WithState, U> = {},
  ): Marker<WithState, undefined, A, MissingResult<W, SkipsDependents>, U> {
    this.#addCallerModule(this.dregister);
    const register = (fn: AnyFunction, context?: StaticMethodContext) => {
      this.#registry.register(...resolveName(fn, context), options);
      return fn;
    };
    return register as never;
  }

  /**
   * Registers a callback for ready tasks: `fn(name, ...args)` is called when all dependencies of a
   * task have finished, and again before each retry.
   *
   * @param fn The callback. It observes the run, as that of {@linkcode Scheduler.onTaskDone} does.
   * @param args Arguments passed after the callback's own.
   * @throws {TypeError} when `fn` is not a function.
   */
  onTaskStart<A extends unknown[]>(
    fn: (...args: [...CallbackArguments["taskStart"], ...A]) => unknown,
    ...args: A
  ): void {
    this.#callbacks.push(createCallback("taskStart", fn, args));
  }

  /**
   * Registers a callback for started attempts: `fn(name, thread, ...args)`.
   *
   * @param fn The callback. It observes the run, as that of {@linkcode Scheduler.onTaskDone} does.
   * @param args Arguments passed after the callback's own.
   * @throws {TypeError} when `fn` is not a function.
   */
  onTaskRun<A extends unknown[]>(
    fn: (...args: [...CallbackArguments["taskRun"], ...A]) => unknown,
    ...args: A
  ): void {
    this.#callbacks.push(createCallback("taskRun", fn, args));
  }

  /**
   * Registers a callback for finished tasks: `fn(name, thread, status, count, ...args)`, where
   * `count` is the number of finished tasks, and `thread` is undefined for a task that never ran.
   *
   * ```ts
   * import { Scheduler } from "@thread-order/cli";
   *
   * const s = new Scheduler();
   * s.onTaskDone((name, thread, status, count, total) => {
   *   console.log(`${count}/${total} ${name}: ${status} on ${thread}`);
   * }, 2);
   * ```
   *
   * @param fn The callback, called on the main thread. It observes the run and never blocks it: a
   * dependent may already be running. A callback that throws or rejects is detached, and its error
   * listed in `summary.reporterErrors`.
   * @param args Arguments passed after the callback's own.
   * @throws {TypeError} when `fn` is not a function.
   */
  onTaskDone<A extends unknown[]>(
    fn: (...args: [...CallbackArguments["taskDone"], ...A]) => unknown,
    ...args: A
  ): void {
    this.#callbacks.push(createCallback("taskDone", fn, args));
  }

  /**
   * Registers a callback for the start of a run: `fn(meta, ...args)`.
   *
   * @param fn The callback. It observes the run, as that of {@linkcode Scheduler.onTaskDone} does.
   * @param args Arguments passed after the callback's own.
   * @throws {TypeError} when `fn` is not a function.
   */
  onSchedulerStart<A extends unknown[]>(
    fn: (...args: [...CallbackArguments["schedulerStart"], ...A]) => unknown,
    ...args: A
  ): void {
    this.#callbacks.push(createCallback("schedulerStart", fn, args));
  }

  /**
   * Registers a callback for the end of a run: `fn(summary, ...args)`. `start()` resolves after it.
   *
   * @param fn The callback. It observes the run, as that of {@linkcode Scheduler.onTaskDone} does.
   * @param args Arguments passed after the callback's own.
   * @throws {TypeError} when `fn` is not a function.
   */
  onSchedulerDone<A extends unknown[]>(
    fn: (...args: [...CallbackArguments["schedulerDone"], ...A]) => unknown,
    ...args: A
  ): void {
    this.#callbacks.push(createCallback("schedulerDone", fn, args));
  }

  /**
   * Runs all tasks. It can be called again after it has resolved.
   *
   * ```ts
   * import { Scheduler } from "@thread-order/cli";
   *
   * const s = new Scheduler({ mode: "inline" });
   * s.register(() => 10, "load");
   * const summary = await s.start();
   * console.log(summary.ok, summary.passed); // true [ "load" ]
   * ```
   *
   * @returns The summary of the run, when every task has its outcome. Failed tasks do not reject
   * the promise: `summary.ok` is false then.
   * @throws {GraphError} when the dependencies are cyclic or name a missing task.
   * @throws {UsageError} when a run is active, the scheduler was disposed of, or there is no module
   * that workers could import.
   * @throws {TypeError} when the shared state cannot hold the value of the option `state`.
   * @throws {EngineError} when the engine rejects a command, or has lost the run.
   */
  async start(): Promise<Summary> {
    const { collector, runsTasks } = realm();
    const isInWorker = this.#isCollected && !runsTasks;
    const runsThisTask = this.#isCollected && collector?.stateOf(this.#collected) !== undefined;
    const usageError = (why: string) => new UsageError(`Cannot start the scheduler: ${why}`);
    if (this.#running || (runsThisTask && !isInWorker)) throw usageError("a run is active");
    if (this.#isDisposed) throw usageError("the scheduler was disposed of");
    if (isInWorker) return await this.#parkStart();
    const start = { key: this.#collected.key, start: this.#starts++ };
    const poolFinished = Promise.withResolvers<unknown>();
    this.#running = poolFinished.promise;
    this.#keptWorkersNote.end();
    // The first worker loads its modules while this thread loads its own.
    using prestarted = !this.#pool && startsThreads(this.#options)
      ? new PrestartedWorker()
      : undefined;
    const isNoted = !this.#isCollected || this.#options.module !== undefined;
    const modules = importedModules(this.#modules, isNoted);
    for (const url of modules) prestarted?.load(url, true);
    try {
      const { graph } = this; // tasks registered from here on belong to the next start
      const { runScheduler } = await import("./run_scheduler.ts");
      const summary = await runScheduler({
        options: this.#options,
        graph,
        state: this.#state.shared,
        tasks: this.#registry.tasks,
        modules,
        ...start,
        callbacks: this.#callbacks,
        pool: this.#pool,
        prestarted,
        // Precedes the callbacks for the end of the run, which may dispose of this.
        onPoolFinished: (pool) => poolFinished.resolve(this.#pool = pool),
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

  /** In a worker: waits until the main thread has completed this start, and returns its result. */
  async #parkStart(): Promise<Summary> {
    this.#running = Promise.resolve(); // disposing of it in a worker waits for nothing
    const past = await realm().collector!.park(this.#collected, this.#starts++) as PastStart;
    this.#running = undefined;
    this.#state.past = past.state;
    if (past.error !== undefined) throw past.error;
    return past.summary as Summary;
  }

  /**
   * The graph of the tasks registered so far.
   *
   * @throws {GraphError} when the dependencies are cyclic or name a missing task.
   */
  get graph(): Graph {
    return this.#registry.graph;
  }

  /** The shared state: before, during and after a run. */
  get state(): State<T> {
    return this.#state.root as State<T>;
  }

  /** A deep copy of the state as plain values, without the lock. */
  get sanitizedState(): Record<string, unknown> {
    return this.#state.sanitized;
  }

  /**
   * Terminates the workers that `keepWorkers` has kept, after the current run. `await using` reads
   * this property at the declaration, which disables the note about kept workers.
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

  /**
   * Adds the module that registers a task or a resource to those that workers import, unless the
   * option `module` names one. A worker that collects tasks got these modules from the main thread.
   */
  #addCallerModule(callee: Callee): void {
    if (this.#options.module !== undefined || isolationOf(this.#options) === "inline") return;
    if (this.#isCollected && !realm().runsTasks) return;
    const module = callerModule(callee);
    if (module !== undefined) this.#modules.add(module);
  }
}
