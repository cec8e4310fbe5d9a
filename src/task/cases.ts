/** Tasks with cases: one function, marked once, is a task for each of its cases. */
import { UsageError } from "../base/errors.ts";
import type { Cases } from "./function_types.ts";

/** One case of a task. */
export interface TaskCase {
  /** Its part of the name: `chrome` of `check.chrome`. */
  readonly key: string;
  /**
   * The value that the function is called with.
   *
   * @throws what the task is to fail with, where there is no such value in this thread.
   */
  value(): unknown;
}

/** Finds the cases of a task with the option `each`. */
export type CasesOf = (task: string, each: Cases) => readonly TaskCase[];

/** The name of a case of a task. */
export function caseName(task: string, key: string): string {
  return `${task}.${key}`;
}

/**
 * The cases of a task as `each` has them.
 *
 * @throws {UsageError} when there are none, or two have one name.
 */
export function casesOf(task: string, each: Cases): TaskCase[] {
  const cases = caseEntries(each).map(([key, value]) => ({ key, value: () => value }));
  if (cases.length === 0) throw new UsageError(`Cannot make the task "${task}": "each" is empty`);
  const keys = new Set<string>();
  for (const { key } of cases) {
    if (keys.has(key)) {
      throw new UsageError(
        `Cannot make the task "${task}": "each" has two cases named "${caseName(task, key)}"`,
      );
    }
    keys.add(key);
  }
  return cases;
}

/**
 * The keys and values of cases. In a list, a string, a number or a boolean is its own key, whatever
 * characters it has, and the key of any other value is its index.
 */
export function caseEntries(each: Cases): [key: string, value: unknown][] {
  const entries = Object.entries(each);
  if (!Array.isArray(each)) return entries;
  return entries.map(([index, value]) => [OWN_KEYS.has(typeof value) ? `${value}` : index, value]);
}

/** The types of values that are their own keys. */
const OWN_KEYS: ReadonlySet<string> = new Set(["string", "number", "boolean", "bigint"]);

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
