/** A task as plain data. Functions never cross threads; this data does. */
import type { TaskCase } from "./cases.ts";
import type { CachePolicy } from "./cache_options.ts";
import type { TaskContext } from "./context.ts";
import type { ResultShape, UsedResource } from "./dependencies.ts";
import { checkPolicy, type PolicyOptions, type TaskPolicy } from "./policy.ts";

/**
 * The number of a task within a graph, from 0, in the order of the names. Events refer to tasks by
 * id; names are used where tasks enter and where reports show them.
 */
export type TaskId = number & { readonly __brand: "TaskId" };

/** The kind of a node of a graph that is no task: the set-up or the tear-down of a resource. */
export type ResourceNodeKind = "resource" | "teardown";

/** A task of a graph, or a node of a resource, as plain data. */
export interface TaskSpec {
  /** The task's name, unique within a graph. */
  readonly name: string;
  /** The kind of the node, if it is no task. */
  readonly kind?: ResourceNodeKind;
  /** Names of its dependencies, each once, with the resources that it uses. */
  readonly after: readonly string[];
  /** Names of the resources that it uses, each once; absent if there are none. */
  readonly use?: readonly string[];
  /** Of a resource: the maximum number of times that it is set up again after it was lost. */
  readonly restarts?: number;
  /** Of a resource: present if each thread that runs a user has an instance of its own. */
  readonly scope?: "thread";
  /** Of a node of such a resource in a run: the number of the thread that alone can run it. */
  readonly lane?: number;
  /**
   * In a run: the resources that the task needs on its own thread, each after those that it uses.
   */
  readonly threadUse?: readonly string[];
  /** The task that this is a case of, if it is one. */
  readonly caseOf?: string;
  /** The tags that `--tags` selects by. */
  readonly tags: readonly string[];
  /** Whether the function takes the shared state before its context. */
  readonly withState: boolean;
  /** Execution policy; absent if no option is set. */
  readonly policy?: TaskPolicy;
  /** Declared inputs and outputs, if the task is cached. */
  readonly cache?: CachePolicy;
}

/** The name of a task, and of the task that it is a case of. */
export type NamedTask = Pick<TaskSpec, "name" | "caseOf">;

/**
 * Adds the policy from a task's options.
 *
 * @throws {TypeError} or {RangeError}, naming an invalid option.
 */
export function taskSpec(spec: Omit<TaskSpec, "policy">, options: PolicyOptions): TaskSpec {
  const policy = checkPolicy(options);
  return policy === undefined ? spec : { ...spec, policy };
}

/**
 * The function of a task as its thread calls it: with the state first if the task takes the state.
 */
export type TaskFunction = (...args: [unknown, TaskContext] | [TaskContext]) => unknown;

/** A task together with its function, on the thread that discovered it. */
export interface FoundTask {
  readonly spec: TaskSpec;
  readonly call: TaskFunction;
  /** The case, if the task is one. */
  readonly case?: TaskCase;
  /** Returns the shape of the task's `results`; undefined for a task without `after`. */
  readonly results?: (() => ResultShape | undefined) | undefined;
  /** The names of the resources by key in `task.use`; absent for a task without `use`. */
  readonly uses?: readonly UsedResource[] | undefined;
  /** Of a set-up: disposes of what it has set up, if anything. */
  readonly discard?: (() => Promise<void>) | undefined;
}

/** The tasks of a module or a scheduler by name. */
export type TaskMap = Pick<ReadonlyMap<string, FoundTask>, "get" | "has" | "keys" | "values">;

/** Returns tasks by name. */
export function tasksByName(tasks: readonly FoundTask[]): ReadonlyMap<string, FoundTask> {
  return new Map(tasks.map((task) => [task.spec.name, task]));
}
