/** Finds the tasks among a module's exports, in the order in which they were marked. */
import { UsageError } from "../base/errors.ts";
import { type AnyFunction, type Mark, markOf } from "./mark.ts";
import type { FoundTask, TaskFunction } from "./task.ts";

/** A module's exports by name. */
export type Namespace = Readonly<Record<string, unknown>>;

interface Candidate {
  readonly fn: AnyFunction;
  readonly mark: Mark;
  readonly names: string[];
  readonly owner: unknown;
}

/**
 * Finds the marked functions of a module: exported functions, and static methods of exported
 * classes. A function exported under several names is one task.
 *
 * @throws {UsageError} when `after` holds a function that is not a task of this module.
 */
export function discoverTasks(namespace: Namespace): FoundTask[] {
  const candidates = [...collect(namespace).values()].sort((a, b) => a.mark.order - b.mark.order);
  const nameOf = new Map<AnyFunction, string>(candidates.map((it) => [it.fn, taskName(it)]));
  return candidates.map((candidate) => {
    const { fn, mark, owner } = candidate;
    const name = taskName(candidate);
    const after = mark.after.map((item) => typeof item === "string" ? item : nameOf.get(item));
    const unknown = after.indexOf(undefined);
    if (unknown >= 0) {
      const text = (mark.after[unknown] as AnyFunction).name || "an anonymous function";
      throw new UsageError(
        `Cannot order tasks: "${name}" comes after the function ${text}, which is not an exported task`,
      );
    }
    const call: TaskFunction = owner === undefined ? fn : fn.bind(owner);
    const unique = [...new Set(after as string[])];
    return { spec: { name, after: unique, tags: mark.tags, withState: mark.withState }, call };
  });
}

function collect(namespace: Namespace): Map<AnyFunction, Candidate> {
  const found = new Map<AnyFunction, Candidate>();
  const consider = (name: string, value: unknown, owner: unknown): void => {
    const mark = markOf(value);
    if (mark === undefined) return;
    const fn = value as AnyFunction;
    const known = found.get(fn);
    if (known) known.names.push(name);
    else found.set(fn, { fn, mark, names: [name], owner });
  };
  for (const [name, value] of Object.entries(namespace)) {
    consider(name, value, undefined);
    if (!isClass(value)) continue;
    for (const [key, property] of Object.entries(Object.getOwnPropertyDescriptors(value))) {
      consider(key, property.value, value);
    }
  }
  return found;
}

function isClass(value: unknown): value is AnyFunction {
  return typeof value === "function" &&
    Object.getOwnPropertyDescriptor(value, "prototype")?.writable === false;
}

/** A function exported under several names is called by its own, if that is one of them. */
function taskName({ fn, names }: Candidate): string {
  return names.includes(fn.name) ? fn.name : names[0]!;
}
