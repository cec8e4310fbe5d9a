/**
 * Assignments on the command line: state (`--key=value`, `--key:=json`) and mocked results
 * (`--result-NAME=value`).
 */
import { UsageError } from "../../base/errors.ts";
import { truncate } from "../../base/text_format.ts";
import { closest } from "../../base/suggest.ts";
import { isReserved } from "../../state/views/root_handler.ts";
import type { TypedRequest } from "./request.ts";

const ASSIGNMENT = /^--([^=:]+?)(:?=)(.*)$/s;
/** Maximum number of characters of a value in an error message, which is one line. */
const VALUE_CHARS_MAX = 200;
/**
 * Matches a mocked result. A task name may contain any character, so the end of the name depends on
 * the tasks of the module (resolve_names.ts).
 */
const MOCK = /^--result-(.+=.*)$/s;

/** Whether an argument is an assignment: it has the syntax of one and is not `--option=value`. */
export function isAssignment(arg: string, options: readonly string[]): boolean {
  if (MOCK.test(arg)) return true;
  const [, name, operator] = ASSIGNMENT.exec(arg) ?? [];
  return name !== undefined && (operator === ":=" || !options.includes(`--${name}`));
}

/**
 * Parses assignments.
 *
 * @param options The names of all options, for a note on a key that resembles one.
 * @throws {UsageError} if a value is not valid JSON, or a key is reserved.
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
    const suggestion = closest(`--${name}`, options);
    if (suggestion) {
      notes.push(
        `--${name}${operator} is not an option: it sets state.${name}. Did you mean ${suggestion}?`,
      );
    }
  }
  return { state, mocks, notes };
}

/**
 * Rejects a key of the state that is reserved for the library.
 *
 * @param location The source of the key, for the message: `on the command line`.
 * @throws {UsageError} if the key is reserved.
 */
export function rejectReservedKey(key: string, location: string): void {
  if (isReserved(key)) {
    throw new UsageError(
      `Cannot set state.${key} ${location}: "results" and keys that begin with "_" are reserved`,
    );
  }
}

/**
 * Parses a JSON value of an assignment.
 *
 * @throws {UsageError} if the value is not valid JSON; the message quotes the assignment.
 */
export function parseJson(name: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const assignment = `--${name}:=${truncate(text, VALUE_CHARS_MAX)}`;
    throw new UsageError(`Cannot read ${assignment} as JSON: ${(error as Error).message}`);
  }
}
