/** From the arguments to what the user asked for. Pure: it reads and writes nothing. */
import { CommanderError } from "@commander-js/extra-typings";
import { UsageError } from "../base/errors.ts";
import { closest } from "../base/suggest.ts";
import { isAssignment, readAssignments } from "./assignments.ts";
import { decide } from "./decide.ts";
import { commandLine, optionNames } from "./options.ts";
import type { Request } from "./request.ts";

/** What parsing comes to. */
export type Parsed = { readonly type: "run"; readonly request: Request } | {
  readonly type: "text";
  /** What was asked for: help, or the version. */
  readonly text: string;
};

/**
 * Parses the arguments.
 *
 * @throws {UsageError} when they are not understood.
 */
export function parse(args: readonly string[]): Parsed {
  const command = commandLine();
  const known = optionNames(command);
  const [rest, assignments] = partition(args, known);
  try {
    command.parse(rest, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.code === "commander.version") return { type: "text", text: error.message };
    if (error.code.startsWith("commander.help")) {
      return { type: "text", text: command.helpInformation() + afterHelp(command) };
    }
    throw usageError(error, rest, known);
  }
  const request = {
    ...decide(command.processedArgs[0] ?? [], command.opts()),
    ...readAssignments(assignments, known),
  };
  return { type: "run", request };
}

/** Takes out assignments to the state: what has the form of one and names no option. */
function partition(
  args: readonly string[],
  known: readonly string[],
): [rest: string[], assignments: string[]] {
  const rest: string[] = [];
  const assignments: string[] = [];
  for (const arg of args) {
    if (isAssignment(arg, known)) assignments.push(arg);
    // An optional value takes the next argument, which here is the module.
    else rest.push(arg === "--graph" ? "--graph=text" : arg);
  }
  return [rest, assignments];
}

function afterHelp(command: ReturnType<typeof commandLine>): string {
  let text = "";
  command.configureOutput({ writeOut: (part) => text += part });
  command.outputHelp();
  return text.slice(command.helpInformation().length).trimEnd();
}

/** Says in one line of ours what the parser has found. */
function usageError(
  error: CommanderError,
  args: readonly string[],
  known: readonly string[],
): UsageError {
  const [line = ""] = error.message.split("\n");
  if (error.code === "commander.unknownOption") {
    const option = /'([^']*)'/.exec(line)?.[1] ?? args.find((arg) => arg.startsWith("-")) ?? "";
    const near = closest(option, known);
    const hint = near ? `; did you mean ${near}?` : "; state is set by --key=value";
    return new UsageError(`Unknown option ${option}${hint}`);
  }
  const text = line.replace(/^error: /, "").replace(/\.$/, "");
  return new UsageError(text.charAt(0).toUpperCase() + text.slice(1));
}
