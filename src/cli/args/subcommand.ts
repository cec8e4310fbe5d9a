/** Parsing of the commands that are no runs: `tdrun ui`, `tdrun worker`. */
import { Command, CommanderError, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { UsageError } from "../../base/errors.ts";
import { NO_COLORS } from "../help/help_text.ts";

/** How they print: never by themselves. */
const SILENT = { writeOut: () => {}, writeErr: () => {}, outputError: () => {}, ...NO_COLORS };

/** Begins to build the parser of a subcommand. It has a module, and its own options are added. */
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
 * @param cannot How a refusal begins: `Cannot start the page`.
 * @returns The help, if that was asked for.
 * @throws {UsageError} when they are not understood.
 */
export function parseSubcommand(
  command: CommandUnknownOpts,
  args: readonly string[],
  cannot: string,
): string | undefined {
  try {
    command.parse(args, { from: "user" });
    return undefined;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.code.startsWith("commander.help")) return command.helpInformation().trimEnd();
    if (error.code === "commander.excessArguments") {
      const stray = command.args.slice(1).join(" ");
      throw new UsageError(`Unexpected argument "${stray}": only one module can be given`);
    }
    const message = error.message.replace(/\s*\(Did you mean (.*)\?\)$/, "; did you mean $1?");
    throw new UsageError(message.replace(/^error: /, `${cannot}: `));
  }
}
