/** Shell completion of the subcommands, each with its own options. */
import type { OptionEntry } from "../args/option_entry.ts";
import type { Subcommand } from "../args/subcommand.ts";
import { CACHE_COMMAND } from "../cache/cache_command.ts";
import { UI_COMMAND } from "../ui/ui_args.ts";
import { MERGE_COMMAND } from "../merge/merge_args.ts";
import { WORKER_COMMAND } from "../worker/worker_command.ts";

/** The subcommands, each with its own options. */
export const COMPLETION_COMMANDS: readonly Subcommand[] = [
  UI_COMMAND,
  WORKER_COMMAND,
  CACHE_COMMAND,
  MERGE_COMMAND,
];

/** Names of the options, of any command, whose value is the next word. */
export function optionsWithValue(
  options: readonly OptionEntry[],
  commands: readonly Subcommand[],
): string[] {
  const all = [options, ...commands.map((it) => it.options)].flat();
  return [...new Set(all.filter(requiresValue).flatMap(optionForms))];
}

/**
 * The completion of an option's value: `none` has no value, `anything` no candidates, `words` has
 * the option's choices, `reports` the choices, each with an optional file: `json=out.json`, and
 * `tags` an expression of tags.
 */
export type CompletionValueKind =
  | "none"
  | "anything"
  | "file"
  | "folder"
  | "tasks"
  | "tags"
  | "profiles"
  | "words"
  | "reports";

/** Derives the completion of a value from the placeholder and choices of the option. */
export function completionValueKind({ key, value, choices }: OptionEntry): CompletionValueKind {
  if (value === undefined) return "none";
  if (choices.length > 0) return value.endsWith("[=file]") ? "reports" : "words";
  if (value === "file") return "file";
  if (value === "dir") return "folder";
  if (key === "tags" || key === "profile") return key === "tags" ? key : "profiles";
  return value === "names" ? "tasks" : "anything";
}

/** File extensions of modules. */
export const MODULE_ENDINGS = ["ts", "tsx", "mts", "js", "jsx", "mjs"] as const;

/** The long form of an option, and its short form, if any. */
export function optionForms({ name, short }: OptionEntry): string[] {
  return short === undefined ? [name] : [name, short];
}

function requiresValue({ value, isValueOptional }: OptionEntry): boolean {
  return value !== undefined && !isValueOptional;
}
