/**
 * `--completions`: a completion script for a shell, generated from the option table. The script
 * gets task names from `tdrun <module> --list`, which runs the module's top level. The script
 * treats every name as literal text and never evaluates one.
 */
import type { OptionEntry } from "../args/option_entry.ts";
import type { Subcommand } from "../args/subcommand.ts";
import { onOneLine } from "../../base/text_format.ts";
import { bashScript } from "./bash_script.ts";
import { fishScript } from "./fish_script.ts";
import { zshScript } from "./zsh_script.ts";
import { COMPLETION_COMMANDS } from "./completion_command.ts";
import { OPTIONS } from "../args/option_table.ts";
import type { CompletionTarget, Shell } from "../args/request.ts";
import { profileNames } from "../settings/find_settings.ts";

/** Generates a script from the options of a run and the subcommands. */
type Script = (
  options: readonly OptionEntry[],
  commands: readonly Subcommand[],
) => string;

/**
 * The output of `--completions`, without a trailing line break: a script, or the names of the
 * profiles in force in a folder, for the scripts.
 */
export function completions(of: CompletionTarget, folder: string): string {
  return of === "profiles" ? profileNames(folder).map(onOneLine).join("\n") : completionScript(of);
}

/** Generates the completion script of a shell, without a trailing line break. */
export function completionScript(shell: Shell): string {
  const scripts: Record<Shell, Script> = {
    bash: bashScript,
    zsh: zshScript,
    fish: fishScript,
  };
  return scripts[shell](OPTIONS, COMPLETION_COMMANDS).trim();
}
