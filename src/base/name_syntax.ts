/**
 * Names of tasks as a person types them: several in one text, with a separator between them, each plain or
 * in double quotes. A name may hold the separator. In quotes, which are those of JSON, it stands for itself;
 * plain, it is recognised where there is such a task: `a,b` is the task of that name, if there is one.
 */
import { UsageError } from "./errors.ts";

/** What parts names: `module.ts::a::b`, `--exclude=a,b`. */
export type NameSeparator = "::" | ",";

/** A name, or a part of one that holds the separator. */
interface NamePart {
  readonly text: string;
  readonly isQuoted: boolean;
}

/** A name in double quotes, at the beginning of a text. */
const QUOTED = /^\s*("(?:[^"\\]|\\.)*")/s;

/**
 * Reads a name in double quotes from the beginning of a text.
 *
 * @returns The name, and what follows the quotes; undefined when the text begins otherwise.
 */
export function readQuoted(text: string): readonly [name: string, rest: string] | undefined {
  const [whole = "", quoted] = QUOTED.exec(text) ?? [];
  if (quoted === undefined) return undefined;
  try {
    return [JSON.parse(quoted), text.slice(whole.length)];
  } catch {
    return undefined; // `"\d"` is no JSON
  }
}

/** Writes a name so that it stands for itself wherever names are typed. */
export function quoteName(name: string): string {
  return JSON.stringify(name);
}

/** Whether a part of a list is empty that has something before and after it. */
export function hasEmptyPart(text: string, separator: NameSeparator): boolean {
  return split(text, separator).some((part) => !part.isQuoted && part.text.trim() === "");
}

/**
 * The names in a text.
 *
 * @param isName Whether there is a task of this name, or one with cases.
 * @throws {UsageError} when a part of the text is one name and several.
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

/** A separator within quotes parts nothing. */
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

/** The longest name at the beginning of some parts, and of how many it is. */
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

/** A name as it is typed, or else without the blanks around it. */
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
