/** Parsing of the command line. Pure: no I/O. */
import { UsageError } from "../../base/errors.ts";
import { isAssignment, parseAssignments } from "./assignments.ts";
import { resolveRequest, workersOf } from "./resolve_request.ts";
import { parseOptions } from "./parse_options.ts";
import { OPTIONS, type TypedOptions } from "./option_table.ts";
import type { SettingsInForce } from "../settings/format_settings.ts";
import { mergeSettings } from "../settings/merge_settings.ts";
import type { Settings } from "../settings/parse_settings.ts";
import type { CompletionTarget, TypedRequest } from "./request.ts";

/** A parsed command line. */
export type ParsedCommand =
  | { readonly type: "run"; readonly request: TypedRequest }
  | { readonly type: "help"; readonly isBrief: boolean }
  | { readonly type: "version" }
  | { readonly type: "settings"; readonly inForce: SettingsInForce }
  | { readonly type: "completions"; readonly of: CompletionTarget };

const OPTION_NAMES = OPTIONS.map(({ name }) => name);

/**
 * Parses the arguments of the command.
 *
 * @param settingsOf Returns the settings with a profile, if there are any.
 * @throws {UsageError} if the arguments or the settings are invalid.
 */
export function parseCommand(
  args: readonly string[],
  settingsOf: (profile: string | undefined) => Settings | undefined = () => undefined,
): ParsedCommand {
  const { values, texts, operands, assignments, count } = parseOptions(args, OPTIONS, {
    isAssignment: (arg) => isAssignment(arg, OPTION_NAMES),
    hint: "set state with --key=value",
  });
  const typed = values as TypedOptions;
  workersOf(typed); // an invalid value is an error even with --help
  if (typed.help) return { type: "help", isBrief: !args.includes("--help") };
  if (typed.version) return { type: "version" };
  if (typed.completions !== undefined) {
    if (count > 1) {
      throw new UsageError(
        "Cannot use --completions with other arguments: it only prints a script",
      );
    }
    return { type: "completions", of: typed.completions };
  }
  const settings = typed.settings === false ? undefined : settingsOf(typed.profile);
  if (typed.settings === false && typed.profile !== undefined) {
    throw new UsageError("Cannot use --profile and --no-settings together");
  }
  const targets = withModules(operands, settings?.modules ?? []);
  const options = settings === undefined
    ? typed
    : mergeSettings(optionsOf(settings), typed, targets.some((it) => it.includes("::")));
  if (options.settings) return { type: "settings", inForce: { settings, options, typed: texts } };
  const request = {
    ...resolveRequest(targets, options),
    ...parseAssignments(assignments, OPTION_NAMES),
  };
  return { type: "run", request };
}

/** Puts the modules of the settings in front of operands that name none. */
function withModules(operands: readonly string[], modules: readonly string[]): readonly string[] {
  return operands.every((it) => it.startsWith("::")) ? [...modules, ...operands] : operands;
}

function optionsOf({ entries }: Settings): TypedOptions {
  return Object.fromEntries(
    [...entries].flatMap(([key, { value }]) => value === undefined ? [] : [[key, value]]),
  );
}
