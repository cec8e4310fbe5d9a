/** `--help`, generated from the option tables. */
import type { OptionEntry } from "../args/option_entry.ts";
import { OPTION_GROUPS } from "../args/option_table.ts";
import type { Subcommand } from "../args/subcommand.ts";

const HELP_WIDTH = 80;

/** The part of the help after the options. */
export const HELP_EPILOGUE = `\
State and results:
  --key=value               set a string in the state
  --key:=json               set a JSON value in the state; @file reads the value
                            from a file: --rows:=@rows.json
  --result-NAME=value       use this as the result of the task NAME, instead of
                            running it; with := the value is JSON

Task names may be globs: * matches any text, ? any one character. The name of a
task with cases selects all of them. If an option is repeated, the last one
counts; --exclude, --reporter and --tokens add up, and --tags can be given once.

To watch and run tasks in a browser: tdrun ui [module] (see tdrun ui --help)
To run tasks for tdrun --engine: tdrun worker <module> --engine=<url>
To see the size of the cache, or to empty it: tdrun cache [clear]

Exit codes:
    0 all tasks passed     70 internal error, or failed reporter
    1 a task failed       129 terminated by SIGHUP
    2 usage error         130 interrupted by SIGINT (Ctrl-C)
    4 nothing to run      143 terminated by SIGTERM

Examples:
  tdrun build.ts                       run every task
  tdrun build.ts::deploy               run deploy alone
  tdrun build.ts::deploy --with-deps   run deploy and its dependencies
  tdrun build.ts --tags "db and not slow" --env=dev
  tdrun build.ts::report --result-load:='{"rows": 3}'
  tdrun build.ts --dry-run             show what would run, and in which order
  tdrun build.ts --graph=dot | dot -Tsvg -o graph.svg
  eval "$(tdrun --completions bash)"   complete options and task names`;

/** Generates the help text of a run, without a trailing line break. */
export function helpText(): string {
  return [
    "Usage: tdrun [options] <module>[::task...] [--key=value...]",
    wrap("Runs the marked functions of a module in parallel on threads, in dependency order."),
    optionList(OPTION_GROUPS),
    HELP_EPILOGUE,
  ].join("\n\n");
}

/** Generates the help text of a subcommand, without a trailing line break. */
export function subcommandHelp({ name, usage, description, options }: Subcommand): string {
  return [
    `Usage: tdrun ${name} ${usage}`,
    wrap(description),
    optionList({ "Options:": options }),
  ].join("\n\n");
}

/** Lists options in groups, with all descriptions in one column. */
function optionList(groups: Readonly<Record<string, readonly OptionEntry[]>>): string {
  const width = Math.max(...Object.values(groups).flat().map((option) => term(option).length));
  const toLine = (option: OptionEntry) =>
    `  ${term(option).padEnd(width)}  ${wrap(option.description, width + 4)}`;
  return Object.entries(groups)
    .map(([title, options]) => [title, ...options.map(toLine)].join("\n"))
    .join("\n\n");
}

/** The forms of an option: `-h, --help`, `--graph[=format]`; an optional value needs `=`. */
function term({ short, flags }: OptionEntry): string {
  const long = flags.replace(" [", "[=");
  return short === undefined ? long : `${short}, ${long}`;
}

/**
 * Wraps a text at word boundaries.
 *
 * @param indent Number of columns before the text, also of the following lines.
 */
function wrap(text: string, indent = 0): string {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && indent + line.length + 1 + word.length > HELP_WIDTH) {
      lines.push(line);
      line = word;
    } else line += line === "" ? word : ` ${word}`;
  }
  return [...lines, line].join(`\n${" ".repeat(indent)}`);
}
