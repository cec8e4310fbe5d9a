/** Which sets of permissions the tasks of a run have: a lane has a process for each. */
import type { TaskPermissions } from "../task/task_permissions.ts";
import type { FoundTask, TaskId } from "../task/task.ts";
import { plainJson } from "./plain_json.ts";

/** See the head of this file. */
export class PermissionSets {
  /** Each set by its name; undefined stands for all that the run may do. */
  readonly byName: ReadonlyMap<string, TaskPermissions | undefined>;
  readonly #names: readonly string[];

  /** Those of tasks, named by id, of which all is known. */
  static from(names: readonly string[], tasks: ReadonlyMap<string, FoundTask>): PermissionSets {
    return new PermissionSets(names.map((name) => tasks.get(name)?.spec.policy?.permissions));
  }

  /** @param sets What was said of each task, by id. */
  constructor(sets: readonly (TaskPermissions | undefined)[]) {
    this.#names = sets.map((set) => set === undefined ? "" : plainJson(set));
    this.byName = new Map(this.#names.map((name, task) => [name, sets[task]]));
  }

  /** The name of a task's set. */
  nameOf(task: TaskId): string {
    return this.#names[task]!;
  }
}
