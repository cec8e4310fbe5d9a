/** The subcommands, and parsing of those with a module: `tdrun ui`, `tdrun worker`. */
import { UsageError } from "../../base/errors.ts";
import type { OptionEntry, OptionValues } from "./option_entry.ts";
import { parseOptions } from "./parse_options.ts";

/** A subcommand, as parsing, help and completions use it. */
export interface Subcommand<Entry extends OptionEntry = OptionEntry> {
  /** The name as typed: `ui`. */
  readonly name: string;
  /** The arguments after the name, for the help. */
  readonly usage: string;
  /** A sentence for the help. */
  readonly description: string;
  /** A phrase for completions. */
  readonly summary: string;
  /** The kind of its operands, for completions; a module if undefined. */
  readonly operand?: "file";
  readonly options: readonly Entry[];
}

/**
 * Parses the arguments of a subcommand.
 *
 * @throws {UsageError} if the arguments are invalid.
 */
export function parseSubcommand<Entry extends OptionEntry>(
  { name, options }: Subcommand<Entry>,
  args: readonly string[],
): { readonly module: string | undefined; readonly options: OptionValues<Entry> } {
  const { values, operands } = parseOptions(args, options, { hint: `see tdrun ${name} --help` });
  const [module, ...unexpected] = operands;
  if (unexpected.length > 0) {
    throw new UsageError(
      `Unexpected argument "${unexpected.join(" ")}": only one module can be given`,
    );
  }
  return { module, options: values as OptionValues<Entry> };
}
