/** Tasks with cases: one function, marked once, is a task for each of its cases. */
import { UsageError } from "../base/errors.ts";
import type { Cases } from "./signatures.ts";

/** One case of a task. */
export interface TaskCase {
  /** The name of its task. */
  readonly name: string;
  readonly value: unknown;
}

/**
 * The cases of a task. Names are stable: the key of the case; for a list, the values if each of them is a
 * word (`"chrome"`, `3`), and their places otherwise.
 *
 * @throws {UsageError} when there are none, or two have one name.
 */
export function casesOf(task: string, each: Cases): TaskCase[] {
  const isListOfWords = Array.isArray(each) && each.every(isWord);
  const named = Object.entries(each).map(([key, value]) => ({
    name: `${task}.${isListOfWords ? value : key}`,
    value,
  }));
  if (named.length === 0) throw new UsageError(`Cannot make the task "${task}": "each" is empty`);
  const names = new Set<string>();
  for (const { name } of named) {
    if (names.has(name)) {
      throw new UsageError(`Cannot make the task "${task}": "each" has two cases named "${name}"`);
    }
    names.add(name);
  }
  return named;
}

/**
 * The cases of an option, if there are any.
 *
 * @throws {TypeError} when they are neither an array nor a plain object.
 */
export function checkEach(each: Cases | undefined): Cases | undefined {
  if (each === undefined) return undefined;
  // Of what is iterable otherwise, as a Map is, no case would be found.
  const isObject = each !== null && typeof each === "object";
  if (isObject && ("length" in each || !(Symbol.iterator in each))) return each;
  throw new TypeError(
    `Cannot mark a task for each ${Deno.inspect(each)}: "each" is an array or a plain object`,
  );
}

function isWord(value: unknown): value is string | number | boolean {
  return (typeof value === "string" && /^[\w-]+$/.test(value)) || typeof value === "number" ||
    typeof value === "boolean";
}
