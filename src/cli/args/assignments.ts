/** State and results typed on the command line: `--key=value`, `--key:=json`, `--result-NAME=value`. */
import { UsageError } from "../../base/errors.ts";
import { truncate } from "../../base/text_format.ts";
import { closest } from "../../base/suggest.ts";
import { isReserved } from "../../state/views/root_view.ts";
import type { TypedRequest } from "./request.ts";

const ASSIGNMENT = /^--([^=:]+?)(:?=)(.*)$/s;
/** A message is one line: of a long value it has the beginning. */
const TEXT_MAX = 200;
/** A result: its name may hold any character, so where it ends depends on which tasks there are. */
const MOCK = /^--result-(.+=.*)$/s;

/** Whether an argument assigns to the state: it has the form for it, and is no option with a value. */
export function isAssignment(arg: string, options: readonly string[]): boolean {
  if (MOCK.test(arg)) return true;
  const [, name, operator] = ASSIGNMENT.exec(arg) ?? [];
  return name !== undefined && (operator === ":=" || !options.includes(`--${name}`));
}

/**
 * Reads assignments.
 *
 * @param options The names of all options, to see what may be a slip.
 * @throws {UsageError} when a value is no JSON, or a key is reserved.
 */
export function parseAssignments(
  assignments: readonly string[],
  options: readonly string[],
): Pick<TypedRequest, "state" | "mocks" | "notes"> {
  const state = new Map<string, unknown>();
  const mocks: string[] = [];
  const notes: string[] = [];
  for (const assignment of assignments) {
    const [, mock] = MOCK.exec(assignment) ?? [];
    if (mock !== undefined) {
      mocks.push(mock);
      continue;
    }
    const [, name, operator, text] = ASSIGNMENT.exec(assignment) as unknown as string[];
    const value = operator === ":=" ? parseJson(name!, text!) : text;
    rejectReservedKey(name!, "on the command line");
    state.set(name!, value);
    const near = closest(`--${name}`, options);
    if (near) {
      notes.push(
        `--${name}${operator} is not an option: it sets state.${name}. Did you mean ${near}?`,
      );
    }
  }
  return { state, mocks, notes };
}

/**
 * Refuses keys of the state that belong to the library.
 *
 * @param where Where it was given, for the message.
 * @throws {UsageError}
 */
export function rejectReservedKey(key: string, where: string): void {
  if (isReserved(key)) {
    throw new UsageError(
      `Cannot set state.${key} ${where}: "results" and keys that begin with "_" are reserved`,
    );
  }
}

/**
 * Reads a value typed as JSON.
 *
 * @throws {UsageError} naming the assignment.
 */
export function parseJson(name: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const given = `--${name}:=${truncate(text, TEXT_MAX)}`;
    throw new UsageError(`Cannot read ${given} as JSON: ${(error as Error).message}`);
  }
}
