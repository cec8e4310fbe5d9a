/** The commands that are no runs, as shells complete them: each has options of its own. */
import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import type { OptionEntry } from "../args/option_entry.ts";
import { uiCommandLine } from "../ui/ui_args.ts";
import { workerCommandLine } from "../worker/worker_command.ts";

/** What there is to know of an option. */
export type CompletionOption = Omit<OptionEntry, "key" | "flags" | "parse">;

/** See the head of this file. */
export interface CompletionCommand {
  /** As typed: `ui`. */
  readonly name: string;
  readonly description: string;
  readonly options: readonly CompletionOption[];
}

/** All of them. */
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

/** The names of all options, of whatever command, after which the next word is a value. */
export function optionsWithValue(
  options: readonly CompletionOption[],
  commands: readonly CompletionCommand[],
): string[] {
  const all = [options, ...commands.map((it) => it.options)].flat();
  return [...new Set(all.filter(requiresValue).map(({ name }) => name))];
}

/**
 * See the head of this file. `anything`: it takes a value of which nothing is known. `reports`: it takes
 * one of its words, which may have a file after it: `json=out.json`.
 */
export type CompletionValueKind = "none" | "anything" | "file" | "tasks" | "words" | "reports";

/** Reads it off an entry of the table. */
export function completionValueKind({ value, choices }: CompletionOption): CompletionValueKind {
  if (value === undefined) return "none";
  if (choices.length > 0) return value.endsWith("[=file]") ? "reports" : "words";
  if (value === "file") return "file";
  return value === "names" ? "tasks" : "anything";
}

/** The endings of files that may be modules. */
export const MODULE_ENDINGS = ["ts", "tsx", "mts", "js", "jsx", "mjs"] as const;

function requiresValue({ value, isValueOptional }: CompletionOption): boolean {
  return value !== undefined && !isValueOptional;
}

/** The parser's own table. Of no value there is anything known, and none may be left out. */
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
