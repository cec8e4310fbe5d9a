/** Shell completion of the subcommands, each with its own options. */
import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import type { OptionEntry } from "../args/option_entry.ts";
import { uiCommandLine } from "../ui/ui_args.ts";
import { workerCommandLine } from "../worker/worker_command.ts";

/** An option as completion scripts use it. */
export type CompletionOption = Omit<OptionEntry, "key" | "flags" | "parse">;

/** A subcommand as completion scripts use it. */
export interface CompletionCommand {
  /** The name as typed: `ui`. */
  readonly name: string;
  readonly description: string;
  readonly options: readonly CompletionOption[];
}

/** Lists the subcommands. */
export function completionCommands(): CompletionCommand[] {
  return [
    {
      name: "ui",
      description: "watch and run tasks in a browser",
      ...readOptions(uiCommandLine()),
    },
    {
      name: "worker",
      description: "run tasks for tdrun --engine on this machine",
      ...readOptions(workerCommandLine()),
    },
  ];
}

/** Names of the options, of any command, whose value is the next word. */
export function optionsWithValue(
  options: readonly CompletionOption[],
  commands: readonly CompletionCommand[],
): string[] {
  const all = [options, ...commands.map((it) => it.options)].flat();
  return [...new Set(all.filter(requiresValue).map(({ name }) => name))];
}

/**
 * The completion of an option's value: `none` has no value, `anything` no candidates, `words` has
 * the option's choices, `reports` the choices, each with an optional file: `json=out.json`.
 */
export type CompletionValueKind = "none" | "anything" | "file" | "tasks" | "words" | "reports";

/** Derives the completion of a value from the placeholder and choices of the option. */
export function completionValueKind({ value, choices }: CompletionOption): CompletionValueKind {
  if (value === undefined) return "none";
  if (choices.length > 0) return value.endsWith("[=file]") ? "reports" : "words";
  if (value === "file") return "file";
  return value === "names" ? "tasks" : "anything";
}

/** File extensions of modules. */
export const MODULE_ENDINGS = ["ts", "tsx", "mts", "js", "jsx", "mjs"] as const;

function requiresValue({ value, isValueOptional }: CompletionOption): boolean {
  return value !== undefined && !isValueOptional;
}

/** Reads the options from a subcommand's parser: values are required and have no choices. */
function readOptions(command: CommandUnknownOpts): Pick<CompletionCommand, "options"> {
  const options = command.createHelp().visibleOptions(command).map((option) => ({
    name: option.long!,
    short: option.short,
    description: option.description,
    value: / <(.+)>$/.exec(option.flags)?.[1],
    isValueOptional: false,
    preset: undefined,
    isRepeatable: false,
    choices: [],
  }));
  return { options };
}
