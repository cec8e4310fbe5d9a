/**
 * Loads the code of a run's tasks in a worker, by importing the modules that the main thread has
 * imported.
 */
import { nowMs } from "../runtime/clock.ts";
import { EventLoop, rejectionsSeen } from "./event_loop.ts";
import { FlatTasks } from "./flat_tasks.ts";
import type { CodeSource, ModuleCode, SchedulerStart } from "../lane/run_spec.ts";
import { casesOfRun, type RunCases } from "../lane/run_cases.ts";
import { discoverTasks } from "../task/discover.ts";
import type { Namespace } from "../task/exported_tasks.ts";
import type { ModuleHooks } from "../task/hooks.ts";
import { findProjectHooks } from "../task/project_hooks.ts";
import { rejectOtherVersion } from "../task/load.ts";
import { realm } from "../task/realm.ts";
import { type TaskMap, tasksByName } from "../task/task.ts";
import { SchedulerCollector } from "./scheduler_collector.ts";

/** The code of a run. */
export interface LoadedCode {
  readonly tasks: TaskMap;
  readonly hooks: ModuleHooks;
  /** The cases of the run, if there are any. */
  readonly cases?: RunCases | undefined;
}

/** Imports a module by its URL. */
export type ImportModule = (url: string) => Promise<unknown>;

/** Loads code, and keeps it for later runs. */
export class CodeLoader {
  readonly #collector: SchedulerCollector;
  readonly #import: ImportModule;
  #loaded: Promise<unknown> | undefined;
  #loadMs = 0;
  /** The module whose version was compared with the run's. */
  #checkedUrl: string | undefined;

  /** The first two parameters are those of {@linkcode SchedulerCollector}. */
  constructor(
    stateOf: () => object | undefined,
    requestSummary: (key: string, start: number) => void,
    importModule: ImportModule = (url) => import(url),
  ) {
    this.#collector = new SchedulerCollector(stateOf, requestSummary);
    this.#import = importModule;
  }

  /** Passes on the result of a completed start. */
  resume(key: string, start: number, summary: unknown): void {
    this.collectSchedulers(); // the code that continues may create schedulers
    this.#collector.resume(key, start, summary);
  }

  /**
   * Reports an uncaught error in this thread. While tasks run it is a task's, and unrelated to
   * loading.
   */
  failed(): void {
    if (!realm().runsTasks) this.#collector.failed();
  }

  /** Makes schedulers created in this thread collect tasks instead of running them. */
  collectSchedulers(): void {
    realm().collector = this.#collector;
    realm().runsTasks = false;
  }

  /** Time that loading has taken in this thread so far, in milliseconds. */
  get loadMs(): number {
    return this.#loadMs;
  }

  /**
   * Links a module that a run will need: it is read, parsed and compiled, with all that it imports,
   * but none of its code runs. A module that imports it evaluates its imports in their order, and
   * the first one throws.
   */
  link(url: string): void {
    const wrapper = `import "data:text/javascript,throw 0"; import ${JSON.stringify(url)};`;
    this.#time(this.#import(`data:text/javascript,${encodeURIComponent(wrapper)}`))
      .catch(() => {});
  }

  /**
   * Loads a module that a run will need. The run reports a failure, since it loads the module
   * again.
   */
  prefetch(url: string, collects: boolean): void {
    if (collects) {
      this.#collector.modules.add(url);
      this.collectSchedulers();
    }
    this.#time(this.#import(url)).catch(() => {});
  }

  /** Loads the code of a run. Rejects with the module's error. */
  load(code: CodeSource, names: readonly string[]): Promise<LoadedCode> {
    switch (code.kind) {
      case "module":
        return this.#loadModule(code);
      case "scheduler":
        for (const url of code.modules) this.#collector.modules.add(url);
        this.collectSchedulers();
        this.#loaded ??= Promise.all(code.modules.map((url) => this.#import(url)));
        return this.#find(code, names, this.#loaded);
    }
  }

  async #loadModule({ url, version, cases, isFlat }: ModuleCode): Promise<LoadedCode> {
    const namespace = await this.#time(this.#import(url)) as Namespace;
    await this.#checkVersion(url, version);
    const tasks = isFlat
      ? new FlatTasks(namespace)
      : tasksByName(discoverTasks(namespace, { cases: cases && casesOfRun(cases) }));
    return { tasks, hooks: findProjectHooks(namespace), cases };
  }

  /** Adds the time until a promise settles to {@linkcode loadMs}. */
  async #time<T>(loaded: Promise<T>): Promise<T> {
    const startMs = nowMs();
    try {
      return await loaded;
    } finally {
      this.#loadMs += nowMs() - startMs;
    }
  }

  async #checkVersion(url: string, version: string | undefined): Promise<void> {
    if (this.#checkedUrl === url) return; // the loaded module stays, even if the file changes
    this.#checkedUrl = url;
    await rejectOtherVersion(url, version);
    // Rejections of the module's top level are reported on the main thread, where they occur as
    // well: they must be handled before the run starts, or they would be reported twice.
    using eventLoop = new EventLoop();
    await rejectionsSeen(() => eventLoop.turn());
  }

  async #find(
    start: SchedulerStart,
    names: readonly string[],
    loaded: Promise<unknown>,
  ): Promise<LoadedCode> {
    this.collectSchedulers();
    const tasks = await this.#collector.find(start, names, loaded);
    realm().runsTasks = true;
    return { tasks, hooks: {} };
  }
}
