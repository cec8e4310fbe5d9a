/** The completion script for fish. */
import type { OptionEntry } from "../args/option_entry.ts";
import type { Subcommand } from "../args/subcommand.ts";
import { completionValueKind, MODULE_ENDINGS, optionsWithValue } from "./completion_command.ts";

/** Generates the script. */
export function fishScript(
  options: readonly OptionEntry[],
  commands: readonly Subcommand[],
): string {
  const valueOptions = optionsWithValue(options, commands).join(" ");
  const commandNames = commands.map(({ name }) => name).join(" ");
  return `
# Completions of tdrun for fish. In config.fish: tdrun --completions fish | source

# Whether the line is one of the given command: run, if it names none.
function __tdrun_is --argument-names wanted
    set -l named (commandline -opc)[2]
    contains -- "$named" ${commandNames}; or set named run
    test "$named" = "$wanted"
end

${moduleFunctions(valueOptions)}
function __tdrun_targets
    set -l current (commandline -ct)
    if string match -q -- '*::*' $current
        __tdrun_is run; or return
        set -l module (string replace -r '::.*' '' -- $current)
        test -n "$module"; or set module (__tdrun_module)
        set -l start (string replace -r '(.*::).*' '$1' -- $current)
        for name in (__tdrun_tasks $module)
            printf '%s\\n' $start$name
        end
    else if ${
    commands.filter(({ operand }) => operand === "file")
      .map(({ name }) => `__tdrun_is ${name}`).join("; or ")
  }
        __fish_complete_path (commandline -ct)
    else if test -z "$(__tdrun_module)"
        if test (count (commandline -opc)) -eq 1
            printf '%s\\t%s\\n' ${commands.map((it) => `${it.name} ${quote(it.summary)}`).join(" ")}
        end
        __fish_complete_suffix ${MODULE_ENDINGS.map((ending) => `.${ending}`).join(" ")}
    end
end

# One of the given words, or a file after one of them.
function __tdrun_reports
    set -l value (commandline -ct | string replace -r '^--[^=]*=' '')
    set -l parts (string split -m 1 = -- $value)
    if set -q parts[2]
        for file in (__fish_complete_path $parts[2])
            printf '%s=%s\\n' $parts[1] $file
        end
    else
        printf '%s\\n' $argv
    end
end

complete -c tdrun -f -a '(__tdrun_targets)'
${options.flatMap((option) => toLines(option, "run")).join("\n")}
${commands.flatMap(({ name, options }) => options.flatMap((it) => toLines(it, name))).join("\n")}
`;
}

/** @param command The subcommand of the option, or `run`. */
function toLines(option: OptionEntry, command: string): string[] {
  const { name, short, description, isValueOptional, choices } = option;
  const shortFlag = short === undefined ? "" : ` -s ${short.slice(1)}`;
  const start = `complete -c tdrun${shortFlag} -l ${name.slice(2)}`;
  const end = ` -d ${quote(description)}`;
  const value = {
    none: "",
    anything: " -x",
    file: " -r -F",
    folder: " -x -a '(__fish_complete_directories)'",
    tasks: " -x -a '(__fish_complete_list , __tdrun_tasks)'",
    reports: ` -x -a '(__tdrun_reports ${choices.join(" ")})'`,
    words: ` -x -a '${choices.join(" ")}'`,
  }[completionValueKind(option)];
  const condition = `__tdrun_is ${command}`;
  if (!isValueOptional) return [`${start}${value} -n '${condition}'${end}`];
  // Fish offers files for an optional value. A value has to follow a `=`, so the option requires a
  // value after the `=`, and takes none without it.
  const hasEquals = `string match -q -- "${name}=*" (commandline -ct)`;
  return [
    `${start}${value} -n '${condition}; and ${hasEquals}'${end}`,
    `${start} -n '${condition}; and not ${hasEquals}'${end}`,
  ];
}

function quote(text: string): string {
  return `'${text.replace(/[\\']/g, "\\$&")}'`;
}

/** Shell functions that print the module of the line, and the tasks of a module. */
function moduleFunctions(valueOptions: string): string {
  return `
# The module on the line: the first word that is no option, and no value of one.
function __tdrun_module
    set -l before
    set -l words (commandline -opc)[2..]
    __tdrun_is run; or set -e words[1]
    for word in $words
        if not contains -- "$before" ${valueOptions}; and not string match -q -- '-*' $word
            string replace -r '::.*' '' -- $word
            return
        end
        set before $word
    end
end

# The names of the tasks of a module.
function __tdrun_tasks --argument-names module
    set -q module[1]; or set module (__tdrun_module)
    test -n "$module"; or return
    set module (string replace -r '^~/' "$HOME/" -- $module)
    set -l program (commandline -opc)[1]
    $program $module --list </dev/null 2>/dev/null
end
`.trimStart();
}
