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
  local program=$1 line=\${COMP_LINE:0:COMP_POINT} words=() quote= opened=0
  local current before option= value prefix= modules=() command= i
  _tdrun_split
  local last=$(( \${#words[@]} - 1 ))
  current=\${words[last]} before=\${words[last - 1]} value=$current
  if ((last > 1)); then case \${words[1]} in ${
    commandNames.join("|")
  }) command=\${words[1]} ;; esac; fi
  for ((i = \${command:+1} + 1; i < last; i++)); do
    case \${words[i]} in
      ${valueOptions}) ((i++)) ;;
      -*) ;;
      ::*) ;;
      *) modules+=("\${words[i]%%::*}") ;;
    esac
  done
  case $before in ${valueOptions}) option=$before ;; esac
  if [[ $current == --*=* ]]; then
    option=\${current%%=*} value=\${current#*=} prefix=$option=
  fi

  COMPREPLY=()
  case $option in
${options.flatMap(valueCase).map((line) => `    ${line}`).join("\n")}
${wordCase(options, commands)}
  esac

  # What stands before an open quote, or before the last : or =, is no part of the word that bash
  # replaces.
  local breaks=\${COMP_WORDBREAKS//[^:=]/} cut=
  if [[ $quote ]]; then cut=\${current:0:opened}
  elif [[ $breaks ]]; then cut=\${current%"\${current##*[$breaks]}"}; fi
  for i in "\${!COMPREPLY[@]}"; do COMPREPLY[i]=\${COMPREPLY[i]#"$cut"}; done
}

complete -F _tdrun tdrun
`;
}

/** The case of a word that is no value of an option. */
function wordCase(options: readonly OptionEntry[], commands: readonly Subcommand[]): string {
  return `
    "")
      case $current in
        --result-*)
          if [[ $command ]]; then return; fi
          value=\${current#--result-} prefix=--result-
          _tdrun_each = := < <(_tdrun_list --list)
          compopt -o nospace 2>/dev/null ;;
        -*)
          case $command in
${commands.map(({ name, options }) => `            ${name}) ${offerNames(options)} ;;`).join("\n")}
            *) ${offerNames(options)} ;;
          esac ;;
        *::*)
          if [[ $command ]]; then return; fi
          if [[ $current != ::* ]]; then modules=("\${current%%::*}"); fi
          # A name may contain "::": it may start after each of them.
          local names=$(_tdrun_list --list)
          while [[ ! \${COMPREPLY[*]} && $value == *::* ]]; do
            value=\${value#*::} prefix=\${current%"$value"}
            _tdrun_each "" <<<"$names"
          done ;;
        *)
          if ((last == 1)); then _tdrun_words ${commands.map(({ name }) => name).join(" ")}; fi
          case $command in
            ${fileCommands(commands)}) _tdrun_files ;;
            "") _tdrun_files ${MODULE_ENDINGS.join(" ")} ;;
            *) if [[ ! \${modules[*]} ]]; then _tdrun_files ${MODULE_ENDINGS.join(" ")}; fi ;;
          esac ;;
      esac ;;`.slice(1);
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
      return [
        `${name}) prefix+=\${value%"\${value##*,}"} value=\${value##*,}`,
        '  _tdrun_each "" < <(_tdrun_list --list) ;;',
      ];
    case "tags":
      return [`${name}) _tdrun_tags ;;`];
    case "profiles":
      return [`${name}) _tdrun_each "" < <("$program" --completions=profiles 2>/dev/null) ;;`];
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

# Splits $line into words, without quotes. Sets $quote to the quote that is open at its end, and
# $opened to the place of that quote in the last word.
_tdrun_split() {
  local i sign word=
  for ((i = 0; i < \${#line}; i++)); do
    sign=\${line:i:1}
    if [[ $sign == '\\' && ! $quote ]]; then ((i++)); word+=\${line:i:1}
    elif [[ $quote && $sign == "$quote" ]]; then quote=
    elif [[ ! $quote && $sign == [\\"\\'] ]]; then quote=$sign opened=\${#word}
    elif [[ ! $quote && $sign == [[:space:]] ]]; then
      if [[ $word ]]; then words+=("$word"); fi
      word=
    else word+=$sign
    fi
  done
  words+=("$word")
}

# Runs tdrun on $modules, or on those of the settings.
_tdrun_list() {
  "$program" "\${modules[@]/#\\~\\//$HOME/}" "$1" </dev/null 2>/dev/null
}

# Offers the lines of the input, each with each of the given ends.
_tdrun_each() {
  local name quoted end
  while IFS= read -r name; do
    if [[ ! $name ]]; then continue; fi
    printf -v quoted %q "$name"
    for end in "$@"; do _tdrun_words "$quoted$end"; done
  done
}

# Offers the tags where the expression needs one, else the operators after one.
_tdrun_tags() {
  local before=\${value%"\${value##*[ ,(]}"} tag quoted=$'*[ ,()"\\']*'
  local needsTag='(^|[,(]|(^|[ ,(])(and|or|not)) *$'
  prefix+=$before value=\${value##*[ ,(]}
  if [[ ! $before =~ $needsTag ]]; then
    _tdrun_words and or
    return
  fi
  while IFS= read -r tag; do
    case $tag in $quoted | and | or | not) ;; *) _tdrun_each "" <<<"$tag" ;; esac
  done < <(_tdrun_list --list=tags)
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
