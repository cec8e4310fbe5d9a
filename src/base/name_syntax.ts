/**
 * Syntax of task names on the command line: several names with a separator between them, each plain
 * or in double quotes. A name may contain the separator. In quotes, which are those of JSON, the
 * separator is literal; in a plain name it is literal if there is such a task: `a,b` is the task of
 * that name, if there is one.
 */
import { UsageError } from "./errors.ts";

/** A separator of names: `module.ts::a::b`, `--exclude=a,b`. */
export type NameSeparator = "::" | ",";

/** A name, or a part of a name that contains the separator. */
interface NamePart {
  readonly text: string;
  readonly isQuoted: boolean;
}

/** Matches a name in double quotes at the start of a text. */
const QUOTED = /^\s*("(?:[^"\\]|\\.)*")/s;

/**
 * Reads a name in double quotes from the start of a text.
 *
 * @returns The name and the rest of the text; undefined if the text starts otherwise.
 */
export function readQuoted(text: string): readonly [name: string, rest: string] | undefined {
  const [whole = "", quoted] = QUOTED.exec(text) ?? [];
  if (quoted === undefined) return undefined;
  try {
    return [JSON.parse(quoted), text.slice(whole.length)];
  } catch {
    return undefined; // `"\d"` is not JSON
  }
}

/** Quotes a name so that it stands for itself in every list of names. */
export function quoteName(name: string): string {
  return JSON.stringify(name);
}

/** Whether a list has an empty element. */
export function hasEmptyPart(text: string, separator: NameSeparator): boolean {
  return split(text, separator).some((part) => !part.isQuoted && part.text.trim() === "");
}

/**
 * Parses the names in a text.
 *
 * @param isName Whether there is a task of this name, or one with cases.
 * @throws {UsageError} when a part of the text is ambiguous: one name, or several.
 */
export function parseNames(
  text: string,
  separator: NameSeparator,
  isName: (name: string) => boolean,
): string[] {
  const parts = split(text, separator);
  const names: string[] = [];
  for (let at = 0; at < parts.length;) {
    const [name, count] = longestName(parts.slice(at), separator, isName);
    if (name !== "" || parts[at]!.isQuoted) names.push(name);
    at += count;
  }
  return names;
}

/** Splits a text at each separator outside of quotes. */
function split(text: string, separator: NameSeparator): NamePart[] {
  const parts: NamePart[] = [];
  for (let rest: string | undefined = text; rest !== undefined;) {
    const [name, after] = readQuoted(rest) ?? [];
    const isQuoted = after !== undefined &&
      (after.trim() === "" || after.trimStart().startsWith(separator));
    const from: string = isQuoted ? after : rest;
    const end = from.indexOf(separator);
    parts.push(
      isQuoted ? { text: name!, isQuoted } : {
        text: end < 0 ? from : from.slice(0, end),
        isQuoted,
      },
    );
    rest = end < 0 ? undefined : from.slice(end + separator.length);
  }
  return parts;
}

/** The longest name at the start of some parts, and the number of its parts. */
function longestName(
  parts: readonly NamePart[],
  separator: NameSeparator,
  isName: (name: string) => boolean,
): [name: string, count: number] {
  const [first] = parts;
  if (first!.isQuoted) return [first!.text, 1];
  const firstQuoted = parts.findIndex((part) => part.isQuoted);
  const plain = parts.slice(0, firstQuoted < 0 ? parts.length : firstQuoted)
    .map((part) => part.text);
  for (let count = plain.length; count > 1; count--) {
    const some = plain.slice(0, count);
    const name = toName(some.join(separator), isName);
    if (!isName(name)) continue;
    if (some.every((part) => isName(part.trim()))) throw ambiguous(name, some, separator);
    return [name, count];
  }
  return [toName(plain[0]!, isName), 1];
}

/** Converts text to a name: as typed if there is such a task, else trimmed. */
function toName(text: string, isName: (name: string) => boolean): string {
  return isName(text) ? text : text.trim();
}

function ambiguous(
  name: string,
  parts: readonly string[],
  separator: NameSeparator,
): UsageError {
  const several = parts.map((part) => quoteName(part.trim())).join(separator);
  return new UsageError(
    `Cannot resolve ${name}: it may be ${
      quoteName(name)
    } or ${several}; put the names in double quotes`,
  );
}
