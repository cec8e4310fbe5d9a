/** Errors in one line. */
import type { ErrorRecord } from "../../base/error_record.ts";
import { onOneLine, plural, truncate } from "../../base/text_format.ts";

/**
 * Joins type and message, `TypeError: message`, without repeating the type: an error may have no
 * message, and a thrown `undefined` has only a type.
 *
 * @param message The message, or the part of it that is shown.
 */
export function withErrorType({ type }: ErrorRecord, message: string): string {
  const name = onOneLine(type);
  return message === "" || message === type ? name : `${name}: ${message}`;
}

/** The first line of an error, truncated; the recap has the rest. */
export function errorLine(error: ErrorRecord, foreign: (text: string) => string): string {
  return withErrorType(error, firstLine(error, foreign));
}

/**
 * The first lines of an error that have text, truncated, and the number of the others. Of a long
 * message with a diff, the changed lines follow the first one.
 *
 * @param max Maximum number of lines, without that number.
 */
export function errorLines(
  error: ErrorRecord,
  foreign: (text: string) => string,
  max: number,
): string[] {
  const [, ...rest] = error.message.split("\n");
  const lines = rest.map((line) => foreign(truncate(line, LINE_MAX)).trimEnd())
    .filter((line) => line !== "");
  const changed = lines.length < max ? [] : lines.filter((line) => CHANGED.test(line));
  const picked = changed.length > 0 ? changed : lines;
  const hidden = lines.length - Math.min(picked.length, max - 1);
  const rests = hidden > 0 ? [`… and ${plural(hidden, "more line")}`] : [];
  return [errorLine(error, foreign), ...picked.slice(0, max - 1), ...rests];
}

/** Matches the changed lines of a diff. */
const CHANGED = /^[-+] {2}/;

/** The first line without the type, for errors of this library, whose type is irrelevant. */
export function firstLine({ message }: ErrorRecord, foreign: (text: string) => string): string {
  const [first = ""] = message.split("\n");
  return foreign(truncate(first, LINE_MAX));
}

const LINE_MAX = 300;
