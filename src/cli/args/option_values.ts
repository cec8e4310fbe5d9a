/** Parsers of option values. Each throws a one-line {@linkcode UsageError} on an invalid value. */
import { durationMs } from "../../base/duration.ts";
import { UsageError } from "../../base/errors.ts";
import { closest } from "../../base/suggest.ts";
import { parseNames } from "../../base/name_syntax.ts";
import { parseTagExpression, type TagExpression } from "../../graph/tag_expression.ts";
import { FAIL_FAST_MODES, type RunPolicyOptions, SEEDS } from "../../run/run_policy.ts";
import { streamAt } from "../system/open_file.ts";
import {
  type CompletionTarget,
  type ReporterName,
  REPORTERS,
  SCREEN_REPORTERS,
  type ShardRequest,
  SHELLS,
  STDOUT,
} from "./request.ts";

/** A parsed `--reporter`. */
export interface ReporterOption {
  readonly name: ReporterName;
  readonly file: string | undefined;
}

/** Creates a parser of an enumerated value. */
export function oneOf<T extends string>(
  option: string,
  choices: readonly T[],
): (text: string) => T {
  return (text) => {
    const choice = choices.find((it) => it === text);
    if (choice !== undefined) return choice;
    const suggestion = closest(text, choices);
    const hint = suggestion === undefined ? "" : `; did you mean ${suggestion}?`;
    throw invalidValue(`${option}=${text}`, `expected one of ${choices.join(", ")}${hint}`);
  };
}

/** Creates a parser of a whole number, both limits included. */
export function wholeNumber(option: string, max = Infinity, min = 0): (text: string) => number {
  const range = max === Infinity ? "" : ` from ${min} to ${max}`;
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : NaN;
    if (value >= min && value <= max) return value;
    throw invalidValue(`${option}=${text}`, `expected a whole number${range}`);
  };
}

/**
 * Creates a parser of comma-separated names. Repeated uses accumulate. The texts stay as typed: the
 * names in them depend on the tasks of the module (base/name_syntax.ts).
 */
export function nameList(option: string): (text: string, previous?: string[]) => string[] {
  return (text, previous = []) => {
    if (parseNames(text, ",", () => false).length === 0) {
      throw invalidValue(`${option}=${text}`, "expected task names or globs");
    }
    return [...previous, text];
  };
}

/** Parses `--tags`. A second expression is an error: neither is dropped silently. */
export function tagExpression(text: string, previous?: TagExpression): TagExpression {
  if (previous === undefined) return parseTagExpression(text);
  const combined = `--tags "(${previous.text}) and (${text})"`;
  throw new UsageError(`Cannot use --tags twice: write ${combined}, or "or" for "and"`);
}

/** Parses `--state-out`: a file, or {@linkcode STDOUT}. */
export function stateOutFile(text: string): string {
  return isStdout(text) ? STDOUT : text;
}

function isStdout(file: string): boolean {
  return file === STDOUT || streamAt(file) === "out";
}

/** Parses `--tokens`: `gpu=2`, or several separated by commas. Repeated uses accumulate. */
export function tokens(
  text: string,
  previous: Readonly<Record<string, number>> = {},
): Record<string, number> {
  const counts = text.split(",").map((part): [string, number] => {
    const [, name = "", count = ""] = /^(.+)=(\d+)$/.exec(part.trim()) ?? [];
    if (name === "") throw invalidValue(`--tokens=${text}`, "expected NAME=NUMBER, as in gpu=2");
    return [name, Number(count)];
  });
  return { ...previous, ...Object.fromEntries(counts) };
}

/** Parses `--reporter`. Repeated uses accumulate. */
export function reporter(text: string, previous: ReporterOption[] = []): ReporterOption[] {
  const equals = text.indexOf("=");
  const [nameText, file] = equals < 0
    ? [text, undefined]
    : [text.slice(0, equals), text.slice(equals + 1)];
  const name = oneOf("--reporter", REPORTERS)(nameText);
  if (file === "") {
    throw invalidValue(`--reporter=${text}`, `expected ${name}=FILE, or ${name} alone`);
  }
  const isScreen = SCREEN_REPORTERS.some((it) => it === name);
  if (isScreen && file === STDOUT) {
    throw invalidValue(
      `--reporter=${text}`,
      `"${name}" prints to standard error; write --reporter=${name}`,
    );
  }
  const isData = !isScreen && file !== undefined && isStdout(file);
  return [...previous, { name, file: isData ? undefined : file }];
}

/** Creates a parser of a duration; returns milliseconds. */
export function duration(option: string): (text: string) => number {
  return (text) => toUsageErrors(() => durationMs(text, option));
}

/** Parses a number of retries and an optional delay: `3`, `3:1s`. */
export function retries(text: string): RunPolicyOptions["retries"] {
  const [countText = "", delay, ...extra] = text.split(":");
  if (delay === "" || extra.length > 0) {
    throw new UsageError(
      `Cannot use --retries=${text}: expected COUNT[:DELAY], such as 3 or 3:500ms`,
    );
  }
  const count = wholeNumber("--retries")(countText);
  return delay === undefined ? { count } : { count, delay: duration("delay")(delay) };
}

/** Parses a number of failures and an optional mode: `1`, `3:kill`. */
export function failFast(text: string): RunPolicyOptions["failFast"] {
  const [, count, modeName = "no-new"] = /^(\d+)(?::([a-z-]+))?$/.exec(text) ?? [];
  const mode = FAIL_FAST_MODES.find((it) => it === modeName);
  if (count !== undefined && mode !== undefined) return { count: Number(count), mode };
  const modes = FAIL_FAST_MODES.map((it) => `1:${it}`).join(", ");
  throw new UsageError(
    `Cannot use --fail-fast=${text}: expected COUNT[:MODE], such as 1, 3, ${modes}`,
  );
}

/** Parses `--shard`: `1/3` is the first of three. */
export function shard(text: string): ShardRequest {
  const [, index = "", count = ""] = /^(\d+)\/(\d+)$/.exec(text) ?? [];
  const request = { index: Number(index), count: Number(count) };
  if (request.index >= 1 && request.index <= request.count && request.count <= SHARDS_MAX) {
    return request;
  }
  const range = count === "" || request.count === 0 ? "" : `, with K from 1 to ${count}`;
  throw invalidValue(
    `--shard=${text}`,
    request.count > SHARDS_MAX
      ? `expected at most ${SHARDS_MAX} shards`
      : `expected K/N, such as 1/3${range}`,
  );
}

/** Maximum number of shards: more than any CI starts. */
const SHARDS_MAX = 1_000;

/** Parses a shuffle seed; {@linkcode ANY_SEED} yields `true`. */
export function seed(text: string): number | true {
  return text === ANY_SEED || wholeNumber("--shuffle", SEEDS - 1)(text);
}

/** The value of `--shuffle` without a seed. */
export const ANY_SEED = "any";

function invalidValue(usage: string, reason: string): UsageError {
  return new UsageError(`Cannot use ${usage}: ${reason}`);
}

/** Calls a validation function and rethrows its type and range errors as usage errors. */
export function toUsageErrors<T>(validate: () => T): T {
  try {
    return validate();
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError) {
      throw new UsageError(error.message, { cause: error });
    }
    throw error;
  }
}

/** Parses a value of `--completions`. */
export function completionTarget(text: string): CompletionTarget {
  return text === "profiles" ? text : oneOf("--completions", SHELLS)(text);
}
