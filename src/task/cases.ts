/** Parameterized tasks: a function marked once with `each` is one task per case. */
import { UsageError } from "../base/errors.ts";
import { errorText } from "../base/text_format.ts";
import type { Cases } from "./function_types.ts";

/** A case of a task. */
export interface TaskCase {
  /** The case's part of the task name: `chrome` in `check.chrome`. */
  readonly key: string;
  /**
   * Returns the value that the function is called with.
   *
   * @throws the error that fails the task, if the value does not exist in this thread.
   */
  value(): unknown;
}

/** Finds the cases of a task with the option `each`. */
export type CasesOf = (task: string, each: Cases) => readonly TaskCase[];

/**
 * Returns the value of an option for a case of a task.
 *
 * @param option The name of the option.
 * @param declare The option: a function of the case's value.
 * @returns Undefined if this thread lacks the value: the call of the task throws the error.
 * @throws {UsageError} when the function throws.
 */
export function optionOfCase<T>(
  option: string,
  declare: (value: unknown) => T,
  task: { readonly name: string; readonly case: TaskCase | undefined },
): T | undefined {
  let value: unknown;
  try {
    value = task.case!.value();
  } catch {
    return undefined;
  }
  try {
    return declare(value);
  } catch (error) {
    const message = `Cannot read "${option}" of "${task.name}": it threw ${errorText(error)}`;
    throw new UsageError(message, { cause: error });
  }
}

/** Returns the task name of a case. */
export function caseName(task: string, key: string): string {
  return `${task}.${key}`;
}

/**
 * Creates the cases of a task from `each`.
 *
 * @throws {UsageError} when there are no cases, or two have the same name.
 */
export function casesOf(task: string, each: Cases): TaskCase[] {
  const cases = caseEntries(each).map(([key, value]) => ({ key, value: () => value }));
  if (cases.length === 0) throw new UsageError(`Cannot create the task "${task}": "each" is empty`);
  const keys = new Set<string>();
  for (const { key } of cases) {
    if (keys.has(key)) {
      throw new UsageError(
        `Cannot create the task "${task}": "each" has two cases named "${caseName(task, key)}"`,
      );
    }
    keys.add(key);
  }
  return cases;
}

/**
 * Returns the keys and values of cases. In a list, a string, number or boolean is its own key,
 * whatever characters it contains; the key of any other value is its index.
 */
export function caseEntries(each: Cases): [key: string, value: unknown][] {
  const entries = Object.entries(each);
  if (!Array.isArray(each)) return entries;
  return entries.map(([index, value]) => [OWN_KEYS.has(typeof value) ? `${value}` : index, value]);
}

/** Types of values that are their own keys. */
const OWN_KEYS: ReadonlySet<string> = new Set(["string", "number", "boolean", "bigint"]);

/**
 * Checks the option `each`.
 *
 * @throws {TypeError} when the cases are neither an array nor a plain object.
 */
export function checkEach(each: Cases | undefined): Cases | undefined {
  if (each === undefined) return undefined;
  // Object.entries finds nothing in other iterables, such as a Map.
  const isObject = each !== null && typeof each === "object";
  if (isObject && ("length" in each || !(Symbol.iterator in each))) return each;
  throw new TypeError(
    `Cannot mark a task for each ${Deno.inspect(each)}: expected an array or a plain object`,
  );
}
