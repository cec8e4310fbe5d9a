/** The noun: what is to be run, as plain data. Functions never cross threads; this does. */
import type { TaskCase } from "./cases.ts";
import type { TaskContext } from "./context.ts";
import { checkPolicy, type PolicyOptions, type TaskPolicy } from "./policy.ts";

/**
 * Dense index of a task within one graph, from 0, in the order of the names. Names live at the
 * edges; everything between works with ids.
 */
export type TaskId = number & { readonly __brand: "TaskId" };

/** What is to be run. */
export interface TaskSpec {
  /** Unique within a graph. */
  readonly name: string;
  /** The names of the tasks it comes after, each once. */
  readonly after: readonly string[];
  /** The task whose case it is, where it is one. */
  readonly caseOf?: string;
  /** What `--tags` selects by. */
  readonly tags: readonly string[];
  /** Whether the function is given the shared state before its context. */
  readonly withState: boolean;
  /** How it is run; absent where nothing was said. */
  readonly policy?: TaskPolicy;
}

/** The name of a task, and of the task whose case it is. */
export type NamedTask = Pick<TaskSpec, "name" | "caseOf">;

/**
 * A task with what was said of how it is run.
 *
 * @throws {TypeError} or {RangeError}, naming an option that means nothing.
 */
export function taskSpec(spec: Omit<TaskSpec, "policy">, options: PolicyOptions): TaskSpec {
  const policy = checkPolicy(options);
  return policy === undefined ? spec : { ...spec, policy };
}

/** The code of a task, as the thread that runs it calls it: with the state first if it takes one. */
export type TaskFunction = (...args: [unknown, TaskContext] | [TaskContext]) => unknown;

/** A task together with its code, on the thread that found it. */
export interface FoundTask {
  readonly spec: TaskSpec;
  readonly call: TaskFunction;
  /** Which case it is, where it is one. */
  readonly case?: TaskCase;
}
