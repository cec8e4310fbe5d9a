/** Finds the code of a run's tasks in a worker, by importing what the main thread has loaded too. */
import { EventLoop, rejectionsSeen } from "./event_loop.ts";
import type { CodeSource, ModuleCode, SchedulerStart } from "../lane/run_spec.ts";
import { casesOfRun, type RunCases } from "../lane/run_cases.ts";
import { discoverTasks } from "../task/discover.ts";
import type { Namespace } from "../task/exported_tasks.ts";
import { findHooks, type ModuleHooks } from "../task/hooks.ts";
import { rejectOtherVersion } from "../task/load.ts";
import { realm } from "../task/realm.ts";
import type { FoundTask } from "../task/task.ts";
import { delay, SchedulerCollector, START_TIMEOUT_MS } from "./scheduler_collector.ts";

/** The code of a run. */
export interface LoadedCode {
  readonly tasks: ReadonlyMap<string, FoundTask>;
  readonly hooks: ModuleHooks;
  /** The cases of the run, where there are any. */
  readonly cases?: RunCases | undefined;
}

/** Imports a module by its URL. */
export type ImportModule = (url: string) => Promise<unknown>;

/** Loads code, and keeps what has been loaded for the next run. */
export class CodeLoader {
  readonly #collector: SchedulerCollector;
  readonly #import: ImportModule;
  #loaded: Promise<unknown> | undefined;
  /** The module of which it is known that this thread has the version of the run. */
  #checkedUrl: string | undefined;

  /** The first two parameters are those of {@linkcode SchedulerCollector}. */
  constructor(
    stateOf: () => object | undefined,
    recall: (key: string, start: number) => void,
    importModule: ImportModule = (url) => import(url),
  ) {
    this.#collector = new SchedulerCollector(stateOf, recall);
    this.#import = importModule;
  }

  /** A start that is over came to this. */
  resume(key: string, start: number, summary: unknown): void {
    this.collectSchedulers(); // the code that goes on may make others
    this.#collector.resume(key, start, summary);
  }

  /** An error came up in this thread that nobody caught: while tasks run it is theirs, and says nothing of the code. */
  failed(): void {
    if (!realm().runsTasks) this.#collector.failed();
  }

  /** Schedulers made in this thread from now on collect instead of running. */
  collectSchedulers(): void {
    realm().collector = this.#collector;
    realm().runsTasks = false;
  }

  /** Loads a module that a run will need. If that fails, the run will find so, and say it. */
  prefetch(url: string, collects: boolean): void {
    if (collects) this.collectSchedulers();
    this.#import(url).catch(() => {});
  }

  /** Loads the code of a run. Rejects with what the module threw. */
  load(code: CodeSource, names: readonly string[]): Promise<LoadedCode> {
    switch (code.kind) {
      case "module":
        return this.#loadModule(code);
      case "scheduler":
        this.collectSchedulers();
        this.#loaded ??= Promise.all(code.modules.map((url) => this.#import(url)));
        return this.#find(code, names, this.#loaded);
      case "replay":
        // The main program is this very worker's entry: nobody says when it has come to its end.
        return this.#find(code, names, delay(START_TIMEOUT_MS));
    }
  }

  async #loadModule({ url, version, cases }: ModuleCode): Promise<LoadedCode> {
    const namespace = await this.#import(url) as Namespace;
    await this.#checkVersion(url, version);
    const found = discoverTasks(namespace, { cases: cases && casesOfRun(cases) });
    return {
      tasks: new Map(found.map((task) => [task.spec.name, task])),
      hooks: findHooks(namespace),
      cases,
    };
  }

  async #checkVersion(url: string, version: string | undefined): Promise<void> {
    if (this.#checkedUrl === url) return; // it is kept, whatever becomes of the file
    this.#checkedUrl = url;
    await rejectOtherVersion(url, version);
    // What its top level has left to reject is told on the main thread, where it has been left, too: it is
    // seen before there is a run that it would be told of.
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
