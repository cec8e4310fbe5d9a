/** The values of options: each reader takes a text as typed, and refuses it in one line. */
import { UsageError } from "../base/errors.ts";
import { closest } from "../base/suggest.ts";
import { WORKERS_MAX } from "../base/workers_max.ts";
import { parseTagExpression, type TagExpression } from "../graph/tag_expression.ts";
import { type ReporterName, REPORTERS, SCREEN_REPORTERS } from "./request.ts";

/** `--reporter` as typed: a name, and a file or none. */
export interface ReporterOption {
  readonly name: ReporterName;
  readonly file: string | undefined;
}

/** Reads one of a few words. */
export function oneOf<T extends string>(option: string, words: readonly T[]): (text: string) => T {
  return (text) => {
    const word = words.find((it) => it === text);
    if (word !== undefined) return word;
    const near = closest(text, words);
    const hint = near === undefined ? "" : `; did you mean ${near}?`;
    throw refused(`${option}=${text}`, `it is one of ${words.join(", ")}${hint}`);
  };
}

/** Reads a whole number. */
export function wholeNumber(option: string, max = Infinity): (text: string) => number {
  const expected = max === Infinity ? "a whole number" : `a whole number from 0 to ${max}`;
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : NaN;
    if (value <= max) return value;
    throw refused(`${option}=${text}`, `it takes ${expected}`);
  };
}

/** More tasks at once than this are too many on any number of machines. */
const ENGINE_WORKERS_MAX = 1_000;

/** Reads `--workers`: on an engine, there may be more of them than on one machine. */
export function workers(text: string): number {
  const value = /^\d+$/.test(text) ? Number(text) : NaN;
  return value <= ENGINE_WORKERS_MAX ? value : wholeNumber("--workers", WORKERS_MAX)(text);
}

/** Reads names with commas between them; given again, they add up. */
export function names(option: string): (text: string, before?: string[]) => string[] {
  return (text, before = []) => {
    const found = text.split(",").map((name) => name.trim()).filter((name) => name !== "");
    if (found.length === 0) throw refused(`${option}=${text}`, "it names nothing");
    return [...before, ...found];
  };
}

/** Reads `--tags`. Of two expressions neither is dropped without a word. */
export function tags(text: string, before?: TagExpression): TagExpression {
  if (before === undefined) return parseTagExpression(text);
  const both = `--tags "(${before.text}) and (${text})"`;
  throw new UsageError(`Cannot use --tags twice: write ${both}, or "or" for "and"`);
}

/** Reads `--reporter`; given again, they add up. As elsewhere, `-` is the standard output. */
export function reporter(text: string, before: ReporterOption[] = []): ReporterOption[] {
  const at = text.indexOf("=");
  const [word, file] = at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
  const name = oneOf("--reporter", REPORTERS)(word);
  if (file === "") {
    throw refused(`--reporter=${text}`, `a file is missing: ${name}=FILE, or ${name} alone`);
  }
  if (file !== "-") return [...before, { name, file }];
  if (SCREEN_REPORTERS.some((it) => it === name)) {
    throw refused(`--reporter=${text}`, `${name} alone goes to the standard error`);
  }
  return [...before, { name, file: undefined }];
}

function refused(what: string, why: string): UsageError {
  return new UsageError(`Cannot use ${what}: ${why}`);
}
