/** Parsing of the subcommands: `tdrun ui`, `tdrun worker`. */
import { Command, CommanderError, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { UsageError } from "../../base/errors.ts";
import { NO_COLORS } from "../help/help_epilogue.ts";

/** Output options of a parser that prints nothing itself. */
const SILENT = { writeOut: () => {}, writeErr: () => {}, outputError: () => {}, ...NO_COLORS };

/** Creates the parser of a subcommand with an optional module; the caller adds the options. */
export function createSubcommand(name: string, description: string, usage: string) {
  return new Command(`tdrun ${name}`)
    .description(description)
    .usage(usage)
    .argument("[module]")
    .helpOption("-h, --help", "print this help")
    .configureHelp({ helpWidth: 80, visibleArguments: () => [] })
    .configureOutput(SILENT)
    .exitOverride();
}

/**
 * Parses the arguments of a subcommand.
 *
 * @param errorPrefix Start of error messages: `Cannot start the web UI`.
 * @returns The help text if it was requested.
 * @throws {UsageError} if the arguments are invalid.
 */
export function parseSubcommand(
  command: CommandUnknownOpts,
  args: readonly string[],
  errorPrefix: string,
): string | undefined {
  try {
    command.parse(args, { from: "user" });
    return undefined;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.code.startsWith("commander.help")) return command.helpInformation().trimEnd();
    if (error.code === "commander.excessArguments") {
      const unexpected = command.args.slice(1).join(" ");
      throw new UsageError(`Unexpected argument "${unexpected}": only one module can be given`);
    }
    const message = error.message.replace(/\s*\(Did you mean (.*)\?\)$/, "; did you mean $1?");
    throw new UsageError(message.replace(/^error: /, `${errorPrefix}: `));
  }
}
