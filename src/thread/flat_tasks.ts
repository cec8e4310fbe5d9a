/**
 * The tasks of a flat module, looked up one by one: threads run some of a module's tasks, and
 * discovering all of them takes longer than running thousands that do nothing.
 */
import { type Mark, markOf } from "../task/mark.ts";
import { discoverTasks } from "../task/discover.ts";
import type { Namespace } from "../task/exported_tasks.ts";
import type { TaskPolicy } from "../task/policy.ts";
import {
  type FoundTask,
  type TaskFunction,
  type TaskMap,
  tasksByName,
  type TaskSpec,
} from "../task/task.ts";

/**
 * The tasks of a flat module: see {@linkcode ExportedTasks.isFlat}. All are discovered only for
 * what depends on other tasks.
 */
export class FlatTasks implements TaskMap {
  readonly #namespace: Namespace;
  #found: ReadonlyMap<string, FoundTask> | undefined;

  constructor(namespace: Namespace) {
    this.#namespace = namespace;
  }

  get(name: string): FoundTask | undefined {
    const call = this.#namespace[name];
    const mark = markOf(call);
    if (mark === undefined) return undefined;
    const all = () => this.#all.get(name)!;
    return new FlatTask(new FlatSpec(name, mark, all), call as TaskFunction, all);
  }

  has(name: string): boolean {
    return this.#all.has(name);
  }

  keys(): MapIterator<string> {
    return this.#all.keys();
  }

  values(): MapIterator<FoundTask> {
    return this.#all.values();
  }

  get #all(): ReadonlyMap<string, FoundTask> {
    return this.#found ??= tasksByName(discoverTasks(this.#namespace));
  }
}

/** A task of a flat module. (A class: V8 creates an object literal with getters 5 times slower.) */
class FlatTask implements FoundTask {
  readonly spec: TaskSpec;
  readonly call: TaskFunction;
  readonly #discovered: () => FoundTask;

  constructor(spec: TaskSpec, call: TaskFunction, discovered: () => FoundTask) {
    this.spec = spec;
    this.call = call;
    this.#discovered = discovered;
  }

  get results(): FoundTask["results"] {
    return this.#discovered().results;
  }
}

/** A task of a flat module, whose dependencies are looked up on demand. */
class FlatSpec implements TaskSpec {
  readonly name: string;
  readonly tags: readonly string[];
  readonly withState: boolean;
  declare readonly policy?: TaskPolicy;
  readonly #discovered: () => FoundTask;

  constructor(name: string, { tags, withState, policy }: Mark, discovered: () => FoundTask) {
    this.name = name;
    this.tags = tags;
    this.withState = withState;
    if (policy !== undefined) this.policy = policy;
    this.#discovered = discovered;
  }

  get after(): readonly string[] {
    return this.#discovered().spec.after;
  }
}
