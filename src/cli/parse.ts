/** From the arguments to what the user asked for. Pure: it reads and writes nothing. */
import { CommanderError } from "@commander-js/extra-typings";
import { UsageError } from "../base/errors.ts";
import { closest } from "../base/suggest.ts";
import { isAssignment, readAssignments } from "./assignments.ts";
import { decide } from "./decide.ts";
import { commandLine, type OptionEntry, optionTable } from "./options.ts";
import type { Request, Shell } from "./request.ts";

/** What parsing comes to. */
export type Parsed =
  | { readonly type: "run"; readonly request: Request }
  /** Help, or the version. */
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "completions"; readonly shell: Shell };

/**
 * Parses the arguments.
 *
 * @throws {UsageError} when they are not understood.
 */
export function parse(args: readonly string[]): Parsed {
  const command = commandLine();
  const table = optionTable(command);
  const known = table.map(({ name }) => name);
  const [rest, assignments] = partition(args, table);
  try {
    command.parse(rest, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.code === "commander.version") return { type: "text", text: error.message };
    if (error.code.startsWith("commander.help")) return { type: "text", text: helpOf(command) };
    throw error.code === "commander.unknownOption" ? unknownOption(error, known) : error;
  }
  const [targets = []] = command.processedArgs;
  const options = command.opts();
  if (options.completions !== undefined) {
    if (rest.length + assignments.length > 1) {
      throw new UsageError("Cannot use --completions with anything else: it prints a script");
    }
    return { type: "completions", shell: options.completions };
  }
  const request = { ...decide(targets, options), ...readAssignments(assignments, known) };
  return { type: "run", request };
}

/**
 * Takes out assignments to the state: what has the form of one and names no option. In the rest every
 * option has its value in the same argument, so that none takes what was not meant for it: the module,
 * or the next option.
 */
function partition(
  args: readonly string[],
  table: readonly OptionEntry[],
): [rest: string[], assignments: string[]] {
  const known = table.map(({ name }) => name);
  const isPlain = (arg: string) =>
    arg !== "--" && !known.includes(arg.split("=", 1)[0]!) && !isAssignment(arg, known);
  const rest: string[] = [];
  const assignments: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!;
    if (arg === "--") return [[...rest, ...args.slice(i)], assignments];
    const option = table.find(({ name }) => arg === name || arg.startsWith(`${name}=`));
    if (isAssignment(arg, known)) assignments.push(arg);
    else if (option?.value === undefined || option.preset !== undefined) {
      rest.push(asFlag(arg, option));
    } else if (arg !== option.name) rest.push(withValue(arg, option));
    else {
      const next = args[i + 1] ?? "";
      if (isPlain(next)) i++;
      rest.push(withValue(`${arg}=${isPlain(next) ? next : ""}`, option));
    }
  }
  return [rest, assignments];
}

/** An option that may come without a value, or must; or what is no option of ours. */
function asFlag(arg: string, option: OptionEntry | undefined): string {
  if (option === undefined) return arg;
  const { name, preset } = option;
  if (preset !== undefined) return arg === name ? `${name}=${preset}` : arg;
  if (arg === name) return arg;
  const key = name.slice(2);
  throw new UsageError(
    `Cannot use ${arg}: ${name} takes no value (--${key}:=JSON sets state.${key})`,
  );
}

/** What the placeholders of the help stand for. */
const EXPECTED: Readonly<Record<string, string>> = {
  expression: 'a tag, or an expression such as "a and not b"',
  file: "a file",
  id: "the id of a run",
  n: "a whole number",
  "n[:delay]": "a whole number, and a delay: 3, 3:500ms",
  names: "names of tasks, with commas between them",
  time: "a time: 500ms, 30s, 2m",
  url: "an address: redis://host:6379",
};

function withValue(arg: string, { name, value = "", choices }: OptionEntry): string {
  if (arg !== `${name}=`) return arg;
  const expected = choices.length > 0 ? `one of ${choices.join(", ")}` : EXPECTED[value] ?? value;
  throw new UsageError(`Cannot use ${name} without a value: it takes ${expected}`);
}

function helpOf(command: ReturnType<typeof commandLine>): string {
  let text = "";
  command.configureOutput({ writeOut: (part) => text += part });
  command.outputHelp();
  return text.trimEnd();
}

function unknownOption({ message }: CommanderError, known: readonly string[]): UsageError {
  const option = /'(.*)'/s.exec(message)?.[1] ?? "";
  const near = closest(option, known);
  const hint = near ? `; did you mean ${near}?` : "; state is set by --key=value";
  return new UsageError(`Unknown option ${option}${hint}`);
}
