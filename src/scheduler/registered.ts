/** A function that is registered as a task. */
import { GraphError } from "../graph/graph.ts";
import { refuseGenerator } from "../task/generator.ts";
import { refuseUnknown } from "../task/known_options.ts";
import type { AnyFunction } from "../task/mark.ts";
import { type FoundTask, type TaskFunction, taskSpec } from "../task/task.ts";
import { REGISTER_OPTIONS, type RegisterOptions } from "./options.ts";

/**
 * Makes the task.
 *
 * @param isTaken Whether there is a task of that name.
 * @throws {TypeError} when anything is of the wrong kind.
 * @throws {GraphError} when the name is taken.
 */
export function registered(
  fn: AnyFunction,
  name: string,
  options: RegisterOptions,
  isTaken: (name: string) => boolean,
): FoundTask {
  refuseUnknown(options, REGISTER_OPTIONS, "Cannot register a task");
  const { after = [], withState = false } = options;
  if (typeof fn !== "function") {
    throw new TypeError(`Cannot register a ${typeof fn}: only a function can be a task`);
  }
  refuseGenerator(fn, "Cannot register a task");
  if (typeof name !== "string" || name === "") {
    throw new TypeError("Cannot register a task without a name: give it as the second argument");
  }
  if (!Array.isArray(after) || after.some((item) => typeof item !== "string")) {
    throw new TypeError(`Cannot register "${name}": "after" is an array of names`);
  }
  if (isTaken(name)) throw new GraphError(`Cannot order tasks: "${name}" is registered twice`);
  const spec = taskSpec({ name, after: [...new Set(after)], tags: [], withState }, options);
  return { spec, call: fn as TaskFunction };
}
