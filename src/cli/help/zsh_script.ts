/** The completion script for zsh. */
import type { OptionEntry } from "../args/option_entry.ts";
import type { Subcommand } from "../args/subcommand.ts";
import { completionValueKind, MODULE_ENDINGS, optionsWithValue } from "./completion_command.ts";

/** Generates the script, to evaluate or to save as `_tdrun` in a folder of `$fpath`. */
export function zshScript(
  options: readonly OptionEntry[],
  commands: readonly Subcommand[],
): string {
  const valueOptions = optionsWithValue(options, commands).join("|");
  const commandNames = commands.map(({ name }) => name).join(" ");
  return `
#compdef tdrun
# Completions of tdrun for zsh. In ~/.zshrc, after compinit: eval "$(tdrun --completions zsh)"

# Sets $modules to the words that are no options, no values of one, and no tasks.
_tdrun_find_modules() {
  local word before=
  modules=()
  for word in "\${(@)words[2,CURRENT-1]}"; do
    if [[ $word != (-*|::*) && $before != (${valueOptions}) ]]; then modules+=( "\${word%%::*}" ); fi
    before=$word
  done
}

# Runs tdrun with an option on $modules, or on those of the settings.
_tdrun_list() {
  \${words[1]} \${(Q)~modules} $1 </dev/null 2>/dev/null
}

_tdrun_names() {
  local -a modules names
  compset -P '*,'
  _tdrun_find_modules
  names=( \${(f)"$(_tdrun_list --list)"} )
  compadd -a names
}

_tdrun_targets() {
  if [[ $PREFIX == *::* ]]; then
    local -a modules names
    modules=( \${PREFIX%%::*} )
    if (( ! $#modules )); then _tdrun_find_modules; fi
    names=( \${(f)"$(_tdrun_list --list)"} )
    # A name may contain "::": it may start after each of them.
    while compset -P 1 '*::'; do
      if compadd -a names; then return 0; fi
    done
    return 1
  else
    local found=1
    if (( CURRENT == 2 )) && compadd ${commandNames}; then found=0; fi
    _tdrun_modules && found=0
    return found
  fi
}

# A mocked result: the name of its task, and the sign before its value.
_tdrun_mocks() {
  local -a modules names mocks
  compset -P '--result-'
  _tdrun_find_modules
  names=( \${(f)"$(_tdrun_list --list)"} )
  mocks=( \${^names}= \${^names}:= )
  compadd -S '' -a mocks
}

# The tags where the expression needs one, else the operators after one.
_tdrun_tags() {
  local -a modules tags
  local start
  compset -P '*[ ,(]'
  start=\${\${IPREFIX#--tags=}//\\\\/}
  if [[ $start =~ '(^|[,(]|(^|[ ,(])(and|or|not)) *$' ]]; then
    _tdrun_find_modules
    tags=( \${(f)"$(_tdrun_list --list=tags)"} )
    tags=( \${tags:#(*[[:space:],()\\"\\']*|and|or|not)} )
  else
    tags=( and or )
  fi
  compadd -a tags
}

_tdrun_profiles() {
  local -a profiles
  profiles=( \${(f)"$(\${words[1]} --completions=profiles 2>/dev/null)"} )
  compadd -a profiles
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
  if [[ $PREFIX == --result-* && $PREFIX != *=* ]]; then
    _tdrun_mocks
    return
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
    tags: `:${label}:_tdrun_tags`,
    profiles: `:${label}:_tdrun_profiles`,
    reports: `:${label}: _tdrun_reports ${choices.join(" ")}`,
    words: `${isValueOptional ? "::" : ":"}${label}:(${choices.join(" ")})`,
  }[completionValueKind(option)];
  const separator = action === "" ? "" : isValueOptional ? "=-" : "=";
  return quote(`${option.isRepeatable ? "*" : ""}${name}${separator}[${text}]${action}`);
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
