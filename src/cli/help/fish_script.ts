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
${targetFunction(commands)}
${VALUE_FUNCTIONS}
complete -c tdrun -f -a '(__tdrun_targets)'
complete -c tdrun -f -n '__tdrun_is run; and string match -q -- "--result-*" (commandline -ct)' -a '(__tdrun_mocks)'
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
    tags: " -x -a '(__tdrun_tags)'",
    profiles: " -x -a '(__tdrun_profiles)'",
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

/** Shell functions that print the modules of the line, and the tasks of modules. */
function moduleFunctions(valueOptions: string): string {
  return `
# The modules on the line: the words that are no options, no values of one, and no tasks.
function __tdrun_modules
    set -l before
    set -l words (commandline -opc)[2..]
    __tdrun_is run; or set -e words[1]
    for word in $words
        if not contains -- "$before" ${valueOptions}; and not string match -qr -- '^(-|::)' $word
            string replace -r '::.*' '' -- $word
        end
        set before $word
    end
end

# Runs tdrun with an option on modules, or on those of the settings.
function __tdrun_list --argument-names option
    set -l modules (string replace -r '^~/' "$HOME/" -- $argv[2..])
    set -l program (commandline -opc)[1]
    $program $modules $option </dev/null 2>/dev/null
end

# The names of the tasks on the line.
function __tdrun_tasks
    __tdrun_list --list (__tdrun_modules)
end
`.trimStart();
}

/** The shell function that prints what may follow where no option is typed. */
function targetFunction(commands: readonly Subcommand[]): string {
  return `
function __tdrun_targets
    set -l current (commandline -ct)
    if string match -q -- '*::*' $current
        __tdrun_is run; or return
        set -l modules (string replace -r '::.*' '' -- $current)
        test -n "$modules"; or set modules (__tdrun_modules)
        set -l names (__tdrun_list --list $modules)
        # A name may contain "::": it may start after each of them.
        set -l start ''
        set -l found
        set -l value $current
        while set -l parts (string split -m 1 :: -- $value); and set -q parts[2]
            set start $start$parts[1]::
            set value $parts[2]
            for name in $names
                if test (string sub -l (string length -- $value) -- $name) = "$value"
                    set -a found $start$name
                end
            end
            if set -q found[1]
                printf '%s\\n' $found
                return
            end
        end
    else if ${
    commands.filter(({ operand }) => operand === "file")
      .map(({ name }) => `__tdrun_is ${name}`).join("; or ")
  }
        __fish_complete_path (commandline -ct)
    else if __tdrun_is run; or test -z "$(__tdrun_modules)"
        if test (count (commandline -opc)) -eq 1
            printf '%s\\t%s\\n' ${commands.map((it) => `${it.name} ${quote(it.summary)}`).join(" ")}
        end
        __fish_complete_suffix ${MODULE_ENDINGS.map((ending) => `.${ending}`).join(" ")}
    end
end
`.trimStart();
}

/** Shell functions that print the values of options. */
const VALUE_FUNCTIONS = `
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

# A mocked result: the name of its task, and the sign before its value.
function __tdrun_mocks
    for name in (__tdrun_list --list (__tdrun_modules))
        printf '%s\\n' --result-$name= --result-$name:=
    end
end

# The tags where the expression needs one, else the operators after one.
function __tdrun_tags
    set -l value (commandline -ct | string replace -r '^--[^=]*=' '' | string replace -r '^["\\']' '')
    set -l start (string replace -r '[^ ,(]*$' '' -- $value)
    if string match -rq '(^|[,(]|(^|[ ,(])(and|or|not)) *$' -- "$start"
        for tag in (__tdrun_list --list=tags (__tdrun_modules))
            string match -rq '[\\s,()"\\']|^(and|or|not)$' -- $tag; or printf '%s\\n' $start$tag
        end
    else
        printf '%s\\n' {$start}and {$start}or
    end
end

# The profiles of the settings.
function __tdrun_profiles
    set -l program (commandline -opc)[1]
    $program --completions=profiles 2>/dev/null
end
`.trimStart();
