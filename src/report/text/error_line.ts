/** An error in one line, where a line is all there is for it. */
import type { ErrorRecord } from "../../base/error_record.ts";
import { onOneLine, truncate } from "../../base/text_format.ts";

/**
 * `TypeError: message`, without what is said already: an error may have no message, and of a thrown
 * `undefined` the type is all there is to know.
 *
 * @param message The message, or as much of it as is shown.
 */
export function withErrorType({ type }: ErrorRecord, message: string): string {
  const name = onOneLine(type);
  return message === "" || message === type ? name : `${name}: ${message}`;
}

/** The first line of an error, cut: the recap has the rest. */
export function errorLine(error: ErrorRecord, foreign: (text: string) => string): string {
  return withErrorType(error, firstLine(error, foreign));
}

/** The same without its type, which says nothing where it is our own. */
export function firstLine({ message }: ErrorRecord, foreign: (text: string) => string): string {
  const [first = ""] = message.split("\n");
  return foreign(truncate(first, LINE_MAX));
}

const LINE_MAX = 300;
