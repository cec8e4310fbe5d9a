/** Names the functions that decorators register, and validates callbacks. */
import { realm } from "../task/realm.ts";
import { rejectOtherMembers } from "../task/reject_invalid_task.ts";
import type { AnyFunction, StaticMethodContext } from "../task/function_types.ts";
import type { Callback, CallbackKind } from "./callbacks.ts";
import type { RegisteredFunction } from "./task_registry.ts";

/**
 * Returns a function and its own name. A static method is called with its class as `this`.
 *
 * @throws {TypeError} when the function is another kind of class member, or has no name.
 */
export function resolveName(
  fn: AnyFunction,
  context: StaticMethodContext | undefined,
): [fn: RegisteredFunction, name: string] {
  rejectOtherMembers(context, { verb: "dregister", owner: "a class" });
  if (context?.kind !== "method") {
    if (typeof fn === "function" && fn.name === "") {
      throw new TypeError("Cannot register a function without a name: use register(fn, name)");
    }
    return [{ fn }, fn.name];
  }
  let owner: unknown;
  context.addInitializer(function () {
    owner = this;
  });
  return [{ fn, call: (...args) => fn.apply(owner, args) }, String(context.name)];
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

/**
 * The modules that workers import to find the tasks.
 *
 * @param modules The modules that have registered tasks.
 * @param isComplete Whether these are all; a scheduler in a worker adds those of the main thread.
 */
export function importedModules(modules: ReadonlySet<string>, isComplete: boolean): string[] {
  return isComplete ? [...modules] : [...modules.union(realm().collector!.modules)];
}
