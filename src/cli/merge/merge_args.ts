/** Parses the arguments of `tdrun merge`. */
import { UsageError } from "../../base/errors.ts";
import { flag } from "../args/option_entry.ts";
import { HELP, OPTIONS, type TypedOptions } from "../args/option_table.ts";
import { parseOptions } from "../args/parse_options.ts";
import { resolveRequest } from "../args/resolve_request.ts";
import type { RequestOptions } from "../args/request.ts";
import type { Subcommand } from "../args/subcommand.ts";

/** The options of a run that apply to a recorded one, too. */
const SHARED_OPTIONS = ["--reporter", "--output", "--durations", "--fail-on-flaky", "--verbose"];

/** The subcommand `merge`. */
export const MERGE_COMMAND = {
  name: "merge",
  usage: "[options] <recording...>",
  description: "Makes one report and one exit code of the recordings of shards: those of " +
    "tdrun --shard=k/n --reporter=json=FILE. The recording of a whole run is reported again.",
  summary: "make one report of the recordings of shards",
  operand: "file",
  options: [
    flag("--partial", "allow missing shards, and recordings of killed runs"),
    ...OPTIONS.filter(({ name }) => SHARED_OPTIONS.includes(name)),
    HELP,
  ],
} as const satisfies Subcommand;

/** The parsed arguments of `tdrun merge`. */
export type MergeRequest =
  | { readonly type: "help" }
  | {
    readonly type: "merge";
    /** The recordings, as typed. */
    readonly files: readonly string[];
    readonly isPartial: boolean;
    /** The options of the report; the module is that of the recordings. */
    readonly options: RequestOptions;
  };

/**
 * Parses the arguments after `merge`.
 *
 * @throws {UsageError} when an argument is invalid, or no recording is given.
 */
export function parseMergeArgs(args: readonly string[]): MergeRequest {
  const { values, operands } = parseOptions(args, MERGE_COMMAND.options, {
    hint: "see tdrun merge --help",
  });
  const { help, partial = false, ...options } = values as TypedOptions & { partial?: true };
  if (help) return { type: "help" };
  if (operands.length === 0) {
    throw new UsageError(
      "Cannot merge recordings: none was given; record each shard with --reporter=json=FILE",
    );
  }
  const request = { ...resolveRequest(["recording"], options), state: new Map(), notes: [] };
  return { type: "merge", files: operands, isPartial: partial, options: request };
}
