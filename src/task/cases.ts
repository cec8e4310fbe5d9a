/** Tasks with cases: one function, marked once, is a task for each of its cases. */
import { UsageError } from "../base/errors.ts";
import type { Cases } from "./mark.ts";

/** One case of a task. */
export interface TaskCase {
  /** The name of its task. */
  readonly name: string;
  readonly value: unknown;
}

/**
 * The cases of a task. Names are stable: the key of the case; for a list, the value where it says what it is in
 * a word (`"chrome"`, `3`), and its place where it does not.
 *
 * @throws {UsageError} when there are none, or two have one name.
 */
export function casesOf(task: string, each: Cases): TaskCase[] {
  const named = Array.isArray(each)
    ? each.map((value, index) => ({ name: `${task}.${wordFor(value) ?? index}`, value }))
    : Object.entries(each).map(([key, value]) => ({ name: `${task}.${key}`, value }));
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

function wordFor(value: unknown): string | undefined {
  const isWord = (typeof value === "string" && /^[\w-]+$/.test(value)) ||
    typeof value === "number" || typeof value === "boolean";
  return isWord ? String(value) : undefined;
}
