/** The completion script for zsh. */
import type { OptionEntry } from "../args/option_entry.ts";
import type { Subcommand } from "../args/subcommand.ts";
import { completionValueKind, MODULE_ENDINGS } from "./completion_command.ts";

/** Generates the script, to evaluate or to save as `_tdrun` in a folder of `$fpath`. */
export function zshScript(
  options: readonly OptionEntry[],
  commands: readonly Subcommand[],
): string {
  const commandNames = commands.map(({ name }) => name).join(" ");
  return `
#compdef tdrun
# Completions of tdrun for zsh. In ~/.zshrc, after compinit: eval "$(tdrun --completions zsh)"

# The names of the tasks of a module: the one given, or the first word that is one.
_tdrun_tasks() {
  local module=$1
  local -a names
  if [[ -z $module ]]; then
    module=\${\${(M)words[2,CURRENT-1]:#*.${extensionPattern()}(|::*)}[1]%%::*}
  fi
  if [[ -z $module ]]; then return 1; fi
  names=( \${(f)"$(\${words[1]} \${(Q)~module} --list </dev/null 2>/dev/null)"} )
  compadd -a names
}

_tdrun_names() {
  compset -P '*,'
  _tdrun_tasks
}

_tdrun_targets() {
  if compset -P '*::'; then
    _tdrun_tasks "\${IPREFIX%%::*}"
  else
    local found=1
    if (( CURRENT == 2 )) && compadd ${commandNames}; then found=0; fi
    _tdrun_modules && found=0
    return found
  fi
}

_tdrun_modules() {
  _files -g '*.${extensionPattern()}(-.)'
}

# One of the given words, or a file after one of them.
_tdrun_reports() {
  if compset -P '*='; then
    _files
  else
    compadd "$@"
  fi
}

_tdrun() {
  if (( CURRENT > 2 )); then
    case $words[2] in
${commands.map(commandCase).join("\n")}
    esac
  fi
  _arguments -S \\
${options.flatMap(toSpecs).map((spec) => `    ${spec} \\`).join("\n")}
    '*:module or task:_tdrun_targets'
}

if [[ $funcstack[1] == _tdrun ]]; then _tdrun "$@"; else compdef _tdrun tdrun; fi
`;
}

/** The case of a subcommand, whose `_arguments` exclude the words before it. */
function commandCase({ name, options, operand }: Subcommand): string {
  const last = operand === "file" ? "'*:file:_files'" : "'1:module:_tdrun_modules'";
  const specs = [...options.flatMap(toSpecs), last].join(" ");
  return `      ${name}) shift words; (( CURRENT-- )); _arguments -S ${specs}; return ;;`;
}

function extensionPattern(): string {
  return `(${MODULE_ENDINGS.join("|")})`;
}

/** Formats an option as specs of `_arguments`: one for each of its forms that takes a value. */
function toSpecs(option: OptionEntry): string[] {
  const { name, short, value } = option;
  const forms = short === undefined || value === undefined ? [name] : [name, short];
  return forms.map((form) => toSpec({ ...option, name: form }));
}

function toSpec(option: OptionEntry): string {
  const { name, description, value = "", isValueOptional, choices } = option;
  const text = description.replace(/[\][:\\]/g, "\\$&");
  const label = value.replace(/\W.*/, "");
  const action = {
    none: "",
    anything: `:${label}: `,
    file: `:${label}:_files`,
    folder: `:${label}:_files -/`,
    tasks: `:${label}:_tdrun_names`,
    reports: `:${label}: _tdrun_reports ${choices.join(" ")}`,
    words: `${isValueOptional ? "::" : ":"}${label}:(${choices.join(" ")})`,
  }[completionValueKind(option)];
  const separator = action === "" ? "" : isValueOptional ? "=-" : "=";
  return quote(`${option.isRepeatable ? "*" : ""}${name}${separator}[${text}]${action}`);
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
