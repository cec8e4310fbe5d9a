/** The permission sets of a run's tasks: a lane has a process for each. */
import type { TaskPermissions } from "../task/task_permissions.ts";
import type { FoundTask, TaskId } from "../task/task.ts";
import { codeName } from "../task/resource_nodes.ts";
import { plainJson } from "./plain_json.ts";

/** The distinct permission sets of a list of tasks. */
export class PermissionSets {
  /** The sets by their names; undefined stands for the permissions of the run. */
  readonly byName: ReadonlyMap<string, TaskPermissions | undefined>;
  readonly #names: readonly string[];

  /** Creates the sets of these tasks, named by id. */
  static from(names: readonly string[], tasks: ReadonlyMap<string, FoundTask>): PermissionSets {
    const found = (name: string) => tasks.get(name) ?? tasks.get(codeName(name));
    return new PermissionSets(names.map((name) => found(name)?.spec.policy?.permissions));
  }

  /** @param sets The permissions of each task, by id. */
  constructor(sets: readonly (TaskPermissions | undefined)[]) {
    this.#names = sets.map((set) => set === undefined ? "" : plainJson(set));
    this.byName = new Map(this.#names.map((name, task) => [name, sets[task]]));
  }

  /** Returns the name of a task's set. */
  nameOf(task: TaskId): string {
    return this.#names[task]!;
  }
}
