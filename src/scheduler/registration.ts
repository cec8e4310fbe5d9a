/** Validates functions that are registered as tasks or callbacks. */
import { GraphError } from "../graph/graph.ts";
import { validateOptions } from "../task/validate_options.ts";
import { rejectGenerator, rejectOtherMembers } from "../task/reject_invalid_task.ts";
import type { AnyFunction, StaticMethodContext } from "../task/function_types.ts";
import { type FoundTask, type TaskFunction, taskSpec } from "../task/task.ts";
import type { Callback, CallbackKind } from "./callbacks.ts";
import { REGISTER_OPTIONS, type RegisterOptions } from "./scheduler_options.ts";

/**
 * Creates a task.
 *
 * @param hasTask Whether a task of that name exists.
 * @throws {TypeError} when an argument has the wrong type.
 * @throws {GraphError} when the name is taken.
 */
export function createTask(
  fn: AnyFunction,
  name: string,
  options: RegisterOptions,
  hasTask: (name: string) => boolean,
): FoundTask {
  validateOptions(options, REGISTER_OPTIONS, "Cannot register a task");
  const { after = [], withState = false } = options;
  if (typeof fn !== "function") {
    throw new TypeError(`Cannot register a ${typeof fn}: only a function can be a task`);
  }
  rejectGenerator(fn, "Cannot register a task");
  if (typeof name !== "string" || name === "") {
    throw new TypeError(
      "Cannot register a task without a name: pass a string as the second argument",
    );
  }
  if (!Array.isArray(after) || after.some((item) => typeof item !== "string")) {
    throw new TypeError(`Cannot register "${name}": expected an array of names in "after"`);
  }
  if (hasTask(name)) throw new GraphError(`Cannot order tasks: "${name}" is registered twice`);
  const spec = taskSpec({ name, after: [...new Set(after)], tags: [], withState }, options);
  return { spec, call: fn as TaskFunction };
}

/**
 * Returns a function and its own name. A static method is called with its class as `this`.
 *
 * @throws {TypeError} when the function is another kind of class member, or has no name.
 */
export function resolveName(
  fn: AnyFunction,
  context: StaticMethodContext | undefined,
): [call: AnyFunction, name: string] {
  rejectOtherMembers(context, { verb: "dregister", owner: "a class" });
  if (context?.kind !== "method") {
    if (typeof fn === "function" && fn.name === "") {
      throw new TypeError("Cannot register a function without a name: use register(fn, name)");
    }
    return [fn, fn.name];
  }
  let owner: unknown;
  context.addInitializer(function () {
    owner = this;
  });
  return [(...args) => fn.apply(owner, args), String(context.name)];
}

/**
 * Creates a callback.
 *
 * @param extra Arguments passed after the callback's own.
 * @throws {TypeError} when `fn` is not a function.
 */
export function createCallback(
  kind: CallbackKind,
  fn: (...args: never[]) => unknown,
  extra: readonly unknown[],
): Callback {
  if (typeof fn !== "function") {
    throw new TypeError(`Cannot register a callback: expected a function, got ${typeof fn}`);
  }
  return { kind, call: (args) => fn(...[...args, ...extra] as never[]) };
}
