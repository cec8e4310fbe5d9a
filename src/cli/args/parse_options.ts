/** Parsing of arguments with @std/cli, by the option table of a command. */
import { parseArgs } from "@std/cli/parse-args";
import { UsageError } from "../../base/errors.ts";
import { closest } from "../../base/suggest.ts";
import type { OptionEntry } from "./option_entry.ts";

/** The arguments of a command by kind. */
export interface ParsedOptions {
  /** The values of the options that were given, by the keys of the table. */
  readonly values: Readonly<Record<string, unknown>>;
  /** The values as typed, by the keys of the table; empty texts for flags. */
  readonly texts: Readonly<Record<string, readonly string[]>>;
  /** The arguments that are neither options nor assignments, and all after `--`. */
  readonly operands: readonly string[];
  /** The assignments, as typed. */
  readonly assignments: readonly string[];
  /** Number of arguments before `--`; an option and its value count as one. */
  readonly count: number;
}

/**
 * Stands for an assignment among the arguments of {@linkcode parseArgs}, which would split it: it
 * reads `--no-tags=x` as `--tags=x`, and `--a.b=x` as a nested object.
 */
const ASSIGNMENT = "--==";

/** The syntax of a command apart from its options. */
export interface CommandSyntax {
  /** Whether an argument is an assignment rather than an option; without it, none is. */
  readonly isAssignment?: (arg: string) => boolean;
  /** The end of a message about an unknown option that resembles none. */
  readonly hint: string;
}

/**
 * Parses the arguments of a command.
 *
 * @param options The command's option table.
 * @throws {UsageError} if the arguments are invalid.
 */
export function parseOptions(
  args: readonly string[],
  options: readonly OptionEntry[],
  syntax: CommandSyntax,
): ParsedOptions {
  const end = args.indexOf("--");
  const before = end < 0 ? args : args.slice(0, end);
  const assignments = before.filter((arg) => syntax.isAssignment?.(arg));
  const parsed: Readonly<Record<string, unknown>> = parseArgs(
    [...normalize(before, options, syntax), ...args.slice(before.length)],
    {
      "--": true,
      alias: Object.fromEntries(
        options.flatMap(({ name, short }) => short ? [[short.slice(1), name.slice(2)]] : []),
      ),
      boolean: options.filter(isFlag).map(baseName),
      negatable: options.filter(({ name }) => name.startsWith("--no-")).map(baseName),
      string: ["_", ...options.filter((it) => !isFlag(it)).map(baseName)],
      collect: options.map(baseName),
      unknown(arg: string) {
        const isOperand = !arg.startsWith("-") || arg === "-";
        if (!isOperand && arg !== ASSIGNMENT) throw unknownOption(arg, options, syntax);
        return isOperand;
      },
    },
  );
  const uses = options.map((option) => [option, usesOf(option, parsed)] as const);
  const operands = parsed._ as readonly string[];
  return {
    values: Object.fromEntries(
      uses.filter(([, texts]) => texts.length > 0)
        .map(([option, texts]) => [option.key, parseUses(option, texts)]),
    ),
    texts: Object.fromEntries(
      uses.filter(([, texts]) => texts.length > 0).map(([{ key }, texts]) => [key, texts]),
    ),
    operands: [...operands, ...parsed["--"] as readonly string[]],
    assignments,
    count: operands.length + assignments.length + uses.flatMap(([, texts]) => texts).length,
  };
}

/**
 * Rewrites arguments that {@linkcode parseArgs} would read in another way: an optional value needs
 * `=`, a flag takes no value, and a negative number is a value.
 */
function normalize(
  args: readonly string[],
  options: readonly OptionEntry[],
  syntax: CommandSyntax,
): string[] {
  const result: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!;
    const name = arg.split("=", 1)[0];
    const option = options.find((it) => it.name === name);
    if (syntax.isAssignment?.(arg)) result.push(ASSIGNMENT);
    else if (arg.startsWith("--=")) throw unknownOption(arg, options, syntax);
    else if (option === undefined) result.push(arg);
    else if (arg !== name) {
      if (isFlag(option)) throw unexpectedValue(arg, option, syntax);
      result.push(arg);
    } else if (isFlag(option)) result.push(isNegated(option) ? arg : `${arg}=true`);
    else if (option.preset !== undefined) result.push(`${arg}=${option.preset}`);
    else result.push(/^-\d/.test(args[i + 1] ?? "") ? `${arg}=${args[++i]}` : arg);
  }
  return result;
}

function unexpectedValue(
  arg: string,
  { name }: OptionEntry,
  { isAssignment }: CommandSyntax,
): UsageError {
  const key = name.slice(2);
  const remedy = isAssignment === undefined ? "" : ` (--${key}:=JSON sets state.${key})`;
  return new UsageError(`Cannot use ${arg}: ${name} takes no value${remedy}`);
}

/** The values that an option was given with, empty texts for a flag. */
function usesOf(option: OptionEntry, parsed: Readonly<Record<string, unknown>>): string[] {
  // An array if it was given, an empty one if it was not, false if it was negated.
  const given = parsed[baseName(option)];
  if (isNegated(option)) return given === false ? [""] : [];
  const texts = Array.isArray(given) ? given : [];
  return isFlag(option) ? texts.map(() => "") : texts;
}

function parseUses(option: OptionEntry, texts: readonly string[]): unknown {
  let value: unknown;
  for (const text of texts) value = option.parse(requireValue(text, option), value);
  return value;
}

function isFlag({ value }: OptionEntry): boolean {
  return value === undefined;
}

function isNegated({ name }: OptionEntry): boolean {
  return name.startsWith("--no-");
}

/** The name of an option without its dashes and its negation: `journal` of `--no-journal`. */
function baseName({ name }: OptionEntry): string {
  return name.replace(/^--(no-)?/, "");
}

/** Descriptions of the placeholders in the help. */
const EXPECTED_VALUES: Readonly<Record<string, string>> = {
  expression: 'a tag, or an expression such as "a and not b"',
  dir: "a folder",
  file: "a file",
  id: "a run ID",
  "k/n": "the number of the shard and that of all shards, such as 1/3",
  n: "a whole number",
  "n[:delay]": "a count and an optional delay, such as 3 or 3:500ms",
  name: "the name of a profile",
  names: "task names, separated by commas",
  time: "a duration, such as 500ms, 30s or 2m",
  url: "a URL, such as redis://host:6379",
};

function requireValue(text: string, option: OptionEntry): string {
  const { name, value, isValueOptional, choices } = option;
  if (text !== "" || value === undefined || isValueOptional) return text;
  const expected = choices.length > 0
    ? `one of ${choices.join(", ")}`
    : EXPECTED_VALUES[value] ?? value;
  throw new UsageError(`Cannot use ${name} without a value: expected ${expected}`);
}

function unknownOption(
  arg: string,
  options: readonly OptionEntry[],
  { hint }: CommandSyntax,
): UsageError {
  if (arg.startsWith("--result-")) {
    return new UsageError(`Cannot use ${arg} without a value: expected ${arg}=VALUE`);
  }
  const option = /^--[^=]+/.exec(arg)?.[0] ?? arg;
  const names = options.map(({ name }) => name);
  const candidates = names.filter((name) => name.startsWith(option)); // of an abbreviation
  const suggestion = candidates.length === 1
    ? candidates[0]
    : closest(option, names) ?? candidates[0];
  const remedy = suggestion ? `did you mean ${suggestion}?` : hint;
  return new UsageError(`Unknown option ${option}; ${remedy}`);
}
