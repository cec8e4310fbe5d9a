/** Parsing of the command line. Pure: no I/O. */
import { UsageError } from "../../base/errors.ts";
import { closest } from "../../base/suggest.ts";
import { isAssignment, parseAssignments } from "./assignments.ts";
import { resolveRequest, workersOf } from "./resolve_request.ts";
import type { OptionEntry } from "./option_entry.ts";
import { OPTIONS, type TypedOptions } from "./option_table.ts";
import type { Shell, TypedRequest } from "./request.ts";

/** A parsed command line. */
export type ParsedCommand =
  | { readonly type: "run"; readonly request: TypedRequest }
  | { readonly type: "help" }
  | { readonly type: "version" }
  | { readonly type: "completions"; readonly shell: Shell };

const OPTION_NAMES = OPTIONS.map(({ name }) => name);

/**
 * Parses the arguments of the command.
 *
 * @throws {UsageError} if the arguments are invalid.
 */
export function parseCommand(args: readonly string[]): ParsedCommand {
  const { options, targets, assignments, count } = classifyArgs(args);
  workersOf(options); // an invalid value is an error even with --help
  if (options.help) return { type: "help" };
  if (options.version) return { type: "version" };
  if (options.completions !== undefined) {
    if (count > 1) {
      throw new UsageError(
        "Cannot use --completions with other arguments: it only prints a script",
      );
    }
    return { type: "completions", shell: options.completions };
  }
  const request = {
    ...resolveRequest(targets, options),
    ...parseAssignments(assignments, OPTION_NAMES),
  };
  return { type: "run", request };
}

/** The arguments by kind. */
interface ClassifiedArgs {
  readonly options: TypedOptions;
  /** The module and task names. */
  readonly targets: readonly string[];
  /** Assignments to the state, and mocked results. */
  readonly assignments: readonly string[];
  /** Number of arguments before `--`; an option and its value count as one. */
  readonly count: number;
}

function classifyArgs(args: readonly string[]): ClassifiedArgs {
  const options: Record<string, unknown> = {};
  const targets: string[] = [];
  const assignments: string[] = [];
  let count = 0;
  for (let i = 0; i < args.length; i++, count++) {
    const arg = args[i]!;
    if (arg === "--") {
      targets.push(...args.slice(i + 1));
      break;
    }
    const option = OPTIONS.find(({ name, short }) =>
      arg === name || arg === short || arg.startsWith(`${name}=`)
    );
    if (isAssignment(arg, OPTION_NAMES)) assignments.push(arg);
    else if (option !== undefined) {
      const usesNextArg = takesNextArg(option, arg) && canBeValue(args[i + 1]);
      const text = usesNextArg ? args[++i]! : inlineValue(option, arg);
      options[option.key] = option.parse(requireValue(text, option), options[option.key]);
    } else if (arg.startsWith("-") && arg !== "-") throw unknownOption(arg);
    else targets.push(arg);
  }
  return { options: options as TypedOptions, targets, assignments, count };
}

/** Whether the value of an option is the next argument; an optional value needs `=`. */
function takesNextArg({ name, value, isValueOptional }: OptionEntry, arg: string): boolean {
  return arg === name && value !== undefined && !isValueOptional;
}

/** Whether an argument can be the value of the option before it: no option or assignment can. */
function canBeValue(arg: string | undefined): boolean {
  return arg !== undefined && arg !== "--" && !OPTION_NAMES.includes(arg.split("=", 1)[0]!) &&
    !isAssignment(arg, OPTION_NAMES);
}

/** The value after `=`, or the default of an omitted value; empty if there is neither. */
function inlineValue({ name, short, value, preset = "" }: OptionEntry, arg: string): string {
  if (arg === name || arg === short) return preset;
  if (value !== undefined) return arg.slice(name.length + 1);
  const key = name.slice(2);
  throw new UsageError(
    `Cannot use ${arg}: ${name} takes no value (--${key}:=JSON sets state.${key})`,
  );
}

/** Descriptions of the placeholders in the help. */
const EXPECTED_VALUES: Readonly<Record<string, string>> = {
  expression: 'a tag, or an expression such as "a and not b"',
  file: "a file",
  id: "a run ID",
  n: "a whole number",
  "n[:delay]": "a count and an optional delay, such as 3 or 3:500ms",
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

function unknownOption(option: string): UsageError {
  if (option.startsWith("--result-")) {
    return new UsageError(`Cannot use ${option} without a value: expected ${option}=VALUE`);
  }
  const candidates = OPTION_NAMES.filter((name) => name.startsWith(option)); // of an abbreviation
  const suggestion = candidates.length === 1
    ? candidates[0]
    : closest(option, OPTION_NAMES) ?? candidates[0];
  const hint = suggestion ? `; did you mean ${suggestion}?` : "; set state with --key=value";
  return new UsageError(`Unknown option ${option}${hint}`);
}
