/**
 * `--completions`: a script for a shell, made of the option table. What cannot be in the table, the names
 * of a module's tasks, the script asks for: it runs `tdrun <module> --list`, and with it the module's
 * top level. Every word from there is taken as it is and never evaluated.
 */
import { bashScript } from "./completions_bash.ts";
import { fishScript } from "./completions_fish.ts";
import { zshScript } from "./completions_zsh.ts";
import {
  type CompletionCommand,
  completionCommands,
  type CompletionOption,
} from "./completion_command.ts";
import { OPTIONS } from "../args/option_table.ts";
import type { Shell } from "../args/request.ts";

/** Writes a script: of the options of a run, and the commands that are none. */
type Script = (
  options: readonly CompletionOption[],
  commands: readonly CompletionCommand[],
) => string;

/** The script of a shell, without a line break at its end. */
export function completionScript(shell: Shell): string {
  const scripts: Record<Shell, Script> = {
    bash: bashScript,
    zsh: zshScript,
    fish: fishScript,
  };
  return scripts[shell](OPTIONS, completionCommands()).trim();
}
