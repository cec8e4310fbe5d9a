/** From the arguments to what the user asked for. Pure: it reads and writes nothing. */
import { CommanderError } from "@commander-js/extra-typings";
import { UsageError } from "../base/errors.ts";
import { closest } from "../base/suggest.ts";
import { commandLine, optionNames } from "./options.ts";

/** What the user asked for. */
export interface Request {
  /** The module, as typed. */
  readonly module: string;
  /** The one task to run, after `::`. */
  readonly only: string | undefined;
  readonly workers: number | undefined;
  readonly tags: readonly string[];
  readonly log: boolean;
  readonly verbose: boolean;
  readonly graph: boolean;
  readonly skipDependents: boolean;
  readonly stateFile: string | undefined;
  /** State from `--key=value`, in the order typed. */
  readonly state: ReadonlyMap<string, unknown>;
  /** Results from `--result-NAME=value`. */
  readonly mocks: ReadonlyMap<string, unknown>;
  /** Things that may be mistakes, though they mean something as typed. */
  readonly notes: readonly string[];
}

/** What parsing comes to. */
export type Parsed = { readonly type: "run"; readonly request: Request } | {
  readonly type: "text";
  /** What was asked for: help, or the version. */
  readonly text: string;
};

const ASSIGNMENT = /^--([^=:]+?)(:?=)(.*)$/s;
const RESULT = "result-";

/**
 * Parses the arguments.
 *
 * @throws {UsageError} when they are not understood.
 */
export function parse(args: readonly string[]): Parsed {
  const command = commandLine();
  const known = new Set(optionNames(command));
  const rest: string[] = [];
  const assignments: string[] = [];
  for (const arg of args) {
    const name = ASSIGNMENT.exec(arg)?.[1];
    if (name !== undefined && !known.has(`--${name}`)) assignments.push(arg);
    else rest.push(arg);
  }
  try {
    command.parse(rest, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.code === "commander.version") return { type: "text", text: error.message };
    if (error.code.startsWith("commander.help")) {
      return { type: "text", text: command.helpInformation() + afterHelp(command) };
    }
    throw usageError(error, rest, [...known]);
  }
  const options = command.opts();
  const [module, only] = splitTarget(command.processedArgs[0]);
  const request = {
    module,
    only,
    workers: options.workers,
    tags: options.tags ?? [],
    log: options.log ?? false,
    verbose: options.verbose ?? false,
    graph: options.graph ?? false,
    skipDependents: options.skipDeps ?? true,
    stateFile: options.stateFile,
    ...readAssignments(assignments, [...known]),
  };
  return { type: "run", request };
}

/** Splits `module.ts::task`. */
function splitTarget(target: string): [module: string, only: string | undefined] {
  const at = target.lastIndexOf("::");
  if (at < 0) return [target, undefined];
  const only = target.slice(at + 2);
  if (only === "") throw new UsageError(`Cannot read the target "${target}": no task after "::"`);
  return [target.slice(0, at), only];
}

function readAssignments(
  assignments: readonly string[],
  known: readonly string[],
): Pick<Request, "state" | "mocks" | "notes"> {
  const state = new Map<string, unknown>();
  const mocks = new Map<string, unknown>();
  const notes: string[] = [];
  for (const assignment of assignments) {
    const [, name, operator, text] = ASSIGNMENT.exec(assignment) as unknown as string[];
    const value = operator === ":=" ? parseJson(name!, text!) : text;
    if (name!.startsWith(RESULT)) {
      mocks.set(name!.slice(RESULT.length), value);
      continue;
    }
    refuseReserved(name!, "on the command line");
    state.set(name!, value);
    const near = closest(`--${name}`, known);
    if (near) {
      notes.push(`--${name} is not an option: it sets state.${name}. Did you mean ${near}?`);
    }
  }
  return { state, mocks, notes };
}

/**
 * Refuses keys of the state that belong to the library.
 *
 * @param where Where it was given, for the message.
 * @throws {UsageError}
 */
export function refuseReserved(key: string, where: string): void {
  if (key === "results" || key.startsWith("_")) {
    throw new UsageError(
      `Cannot set state.${key} ${where}: "results" and keys that begin with "_" are reserved`,
    );
  }
}

function parseJson(name: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UsageError(`Cannot read --${name}:=${text} as JSON: ${(error as Error).message}`);
  }
}

function afterHelp(command: ReturnType<typeof commandLine>): string {
  let text = "";
  command.configureOutput({ writeOut: (part) => text += part });
  command.outputHelp();
  return text.slice(command.helpInformation().length).trimEnd();
}

/** Says in one line of ours what the parser has found. */
function usageError(error: CommanderError, args: readonly string[], known: string[]): UsageError {
  const [line = ""] = error.message.split("\n");
  if (error.code === "commander.unknownOption") {
    const option = /'([^']*)'/.exec(line)?.[1] ?? args.find((arg) => arg.startsWith("-")) ?? "";
    const near = closest(option, known);
    const hint = near ? `; did you mean ${near}?` : "; state is set by --key=value";
    return new UsageError(`Unknown option ${option}${hint}`);
  }
  if (error.code === "commander.missingArgument") {
    return new UsageError("No module was given: tdrun <module>[::task] (see --help)");
  }
  if (error.code === "commander.excessArguments") {
    const extra = args.filter((arg) => !arg.startsWith("-")).slice(1);
    return new UsageError(`One module at a time: there is no place for ${extra.join(" ")}`);
  }
  const text = line.replace(/^error: /, "").replace(/\.$/, "");
  return new UsageError(text.charAt(0).toUpperCase() + text.slice(1));
}
