/**
 * The tasks of a flat module, looked up one by one: threads run some of a module's tasks, and
 * discovering all of them takes longer than running thousands that do nothing.
 */
import { markOf } from "../task/mark.ts";
import { discoverTasks } from "../task/discover.ts";
import type { Namespace } from "../task/exported_tasks.ts";
import { type FoundTask, type TaskFunction, type TaskMap, tasksByName } from "../task/task.ts";

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
    const value = this.#namespace[name];
    const mark = markOf(value);
    if (mark === undefined) return undefined;
    const { tags, withState, policy } = mark;
    const all = () => this.#all.get(name)!;
    const spec = {
      name,
      tags,
      withState,
      get after() {
        return all().spec.after;
      },
      ...(policy && { policy }),
    };
    return { spec, call: value as TaskFunction, results: () => all().results?.() };
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
