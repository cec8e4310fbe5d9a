/** Parsing of the command line. Pure: no I/O. */
import { UsageError } from "../../base/errors.ts";
import { isAssignment, parseAssignments } from "./assignments.ts";
import { resolveRequest, workersOf } from "./resolve_request.ts";
import { parseOptions } from "./parse_options.ts";
import { OPTIONS, type TypedOptions } from "./option_table.ts";
import type { Shell, TypedRequest } from "./request.ts";

/** A parsed command line. */
export type ParsedCommand =
  | { readonly type: "run"; readonly request: TypedRequest }
  | { readonly type: "help"; readonly isBrief: boolean }
  | { readonly type: "version" }
  | { readonly type: "completions"; readonly shell: Shell };

const OPTION_NAMES = OPTIONS.map(({ name }) => name);

/**
 * Parses the arguments of the command.
 *
 * @throws {UsageError} if the arguments are invalid.
 */
export function parseCommand(args: readonly string[]): ParsedCommand {
  const { values, operands, assignments, count } = parseOptions(args, OPTIONS, {
    isAssignment: (arg) => isAssignment(arg, OPTION_NAMES),
    hint: "set state with --key=value",
  });
  const options = values as TypedOptions;
  workersOf(options); // an invalid value is an error even with --help
  if (options.help) return { type: "help", isBrief: !args.includes("--help") };
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
    ...resolveRequest(operands, options),
    ...parseAssignments(assignments, OPTION_NAMES),
  };
  return { type: "run", request };
}
