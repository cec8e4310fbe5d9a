/** The completion script for bash 3.2, the version of macOS, and later. */
import type { OptionEntry } from "../args/option_entry.ts";
import type { Subcommand } from "../args/subcommand.ts";
import {
  completionValueKind,
  MODULE_ENDINGS,
  optionForms,
  optionsWithValue,
} from "./completion_command.ts";

/** Generates the script. */
export function bashScript(
  options: readonly OptionEntry[],
  commands: readonly Subcommand[],
): string {
  const valueOptions = optionsWithValue(options, commands).join("|");
  const commandNames = commands.map(({ name }) => name);
  return `
# Completions of tdrun for bash. In ~/.bashrc: eval "$(tdrun --completions bash)"

${SHELL_FUNCTIONS}
_tdrun() {
  # Bash cuts words at : and =, so the line itself is read.
  local program=$1 line=\${COMP_LINE:0:COMP_POINT} words
  local current before option= value prefix= module= command= i
  read -a words <<<"$line"
  if [[ $line == *[[:space:]] ]]; then words+=(""); fi
  local last=$(( \${#words[@]} - 1 ))
  current=\${words[last]} before=\${words[last - 1]} value=$current
  if ((last > 1)); then case \${words[1]} in ${
    commandNames.join("|")
  }) command=\${words[1]} ;; esac; fi
  for ((i = \${command:+1} + 1; i < last; i++)); do
    case \${words[i]} in
      ${valueOptions}) ((i++)) ;;
      -*) ;;
      *) module=\${words[i]%%::*}; break ;;
    esac
  done
  case $before in ${valueOptions}) option=$before ;; esac
  if [[ $current == --*=* ]]; then
    option=\${current%%=*} value=\${current#*=} prefix=$option=
  fi

  COMPREPLY=()
  case $option in
${options.flatMap(valueCase).map((line) => `    ${line}`).join("\n")}
    "")
      case $current in
        -*)
          case $command in
${commands.map(({ name, options }) => `            ${name}) ${offerNames(options)} ;;`).join("\n")}
            *) ${offerNames(options)} ;;
          esac ;;
        *::*)
          if [[ $command ]]; then return; fi
          if [[ $current != ::* ]]; then module=\${current%%::*}; fi
          value=\${current##*::} prefix=\${current%"\${current##*::}"}
          _tdrun_tasks ;;
        *)
          if ((last == 1)); then _tdrun_words ${commandNames.join(" ")}; fi
          case $command in ${fileCommands(commands)}) _tdrun_files; module=- ;; esac
          if [[ ! $module ]]; then _tdrun_files ${MODULE_ENDINGS.join(" ")}; fi ;;
      esac ;;
  esac

  # What stands before the last : or = is no part of the word that bash replaces.
  local breaks=\${COMP_WORDBREAKS//[^:=]/} cut=
  if [[ $breaks ]]; then cut=\${current%"\${current##*[$breaks]}"}; fi
  for i in "\${!COMPREPLY[@]}"; do COMPREPLY[i]=\${COMPREPLY[i]#"$cut"}; done
}

complete -F _tdrun tdrun
`;
}

/** The names of the subcommands whose operands are files. */
function fileCommands(commands: readonly Subcommand[]): string {
  return commands.filter(({ operand }) => operand === "file").map(({ name }) => name).join("|");
}

function offerNames(options: readonly OptionEntry[]): string {
  return `_tdrun_words ${options.flatMap(optionForms).join(" ")}`;
}

function valueCase(option: OptionEntry): string[] {
  const { name, choices } = option;
  switch (completionValueKind(option)) {
    case "words":
      return [`${name}) _tdrun_words ${choices.join(" ")} ;;`];
    case "reports":
      return [
        `${name}) case $value in`,
        `    *=*) prefix+=\${value%%=*}= value=\${value#*=}; _tdrun_files ;;`,
        `    *) _tdrun_words ${choices.join(" ")} ;;`,
        "  esac ;;",
      ];
    case "file":
      return [`${name}) _tdrun_files ;;`];
    case "folder":
      return [`${optionForms(option).join("|")}) _tdrun_files / ;;`]; // no file ends like that
    case "tasks": // after the last comma
      return [`${name}) prefix+=\${value%"\${value##*,}"} value=\${value##*,}; _tdrun_tasks ;;`];
    default:
      return [];
  }
}

/** Shell functions that add candidates to COMPREPLY. */
const SHELL_FUNCTIONS = `
# Offers those of the given words that begin with $value.
_tdrun_words() {
  local word
  for word in "$@"; do
    if [[ $word == "$value"* ]]; then COMPREPLY+=("$prefix$word"); fi
  done
}

# Offers the names of the tasks of $module.
_tdrun_tasks() {
  local name quoted
  module=\${module/#\\~\\//$HOME/}
  if [[ ! $module ]]; then return; fi
  while IFS= read -r name; do
    printf -v quoted %q "$name"
    _tdrun_words "$quoted"
  done < <("$program" "$module" --list </dev/null 2>/dev/null)
}

# Offers files and folders; of files those whose names end in one of the given words, if there are any.
_tdrun_files() {
  local file ending
  while IFS= read -r file; do
    if [[ -d $file || $# -eq 0 ]]; then COMPREPLY+=("$prefix$file"); fi
    for ending in "$@"; do
      if [[ ! -d $file && $file == *."$ending" ]]; then COMPREPLY+=("$prefix$file"); fi
    done
  done < <(compgen -f -- "$value")
  compopt -o filenames 2>/dev/null
}
`.trimStart();
