/** `--help`, generated from the option tables. */
import type { OptionEntry } from "../args/option_entry.ts";
import { OPTION_GROUPS, OPTIONS } from "../args/option_table.ts";
import type { Subcommand } from "../args/subcommand.ts";
import { plainStyle, type Style } from "../../report/style.ts";
import { wrapLine } from "../../report/wrap_line.ts";

/** Width of the text in a pipe, and the limits of its width on a terminal. */
const HELP_WIDTH = 80;
const WIDTH_MIN = 60;
const WIDTH_MAX = 110;

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
To make one report of several shards: tdrun merge <recording...>
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

/** The layout of a help text. */
export interface HelpLayout {
  readonly style: Style;
  /** The width of the terminal, if the text is for one. */
  readonly columns?: number | undefined;
}

const PLAIN: HelpLayout = { style: plainStyle };

const USAGE = "tdrun [options] <module>[::task...] [--key=value...]";
const DESCRIPTION =
  "Runs the marked functions of a module in parallel on threads, in dependency order.";
const BRIEF_DESCRIPTION = "Runs the marked functions of a module in parallel, in dependency order.";

const BRIEF_EXAMPLES = `\
Examples:
  tdrun build.ts                       run every task
  tdrun build.ts::deploy --with-deps   run deploy and its dependencies`;

/** Generates the help text of a run, without a trailing line break. */
export function helpText(layout: HelpLayout = PLAIN): string {
  const { style } = layout;
  return [
    usageLine(USAGE, style),
    wrap(DESCRIPTION, widthOf(layout)),
    optionList(OPTION_GROUPS, layout),
    painted(HELP_EPILOGUE, style),
  ].join("\n\n");
}

/** Generates the text of `-h`: the most common options, on one screen of 24 rows. */
export function briefHelpText(layout: HelpLayout = PLAIN): string {
  const { style } = layout;
  const options = OPTIONS.flatMap((option) =>
    option.brief === undefined ? [] : { ...option, description: option.brief }
  );
  return [
    usageLine(USAGE, style),
    wrap(BRIEF_DESCRIPTION, widthOf(layout)),
    optionList({ "Options:": options }, layout),
    painted(BRIEF_EXAMPLES, style),
  ].join("\n\n");
}

/** Generates the help text of a subcommand, without a trailing line break. */
export function subcommandHelp(
  { name, usage, description, options }: Subcommand,
  layout: HelpLayout = PLAIN,
): string {
  return [
    usageLine(`tdrun ${name} ${usage}`, layout.style),
    wrap(description, widthOf(layout)),
    optionList({ "Options:": options }, layout),
  ].join("\n\n");
}

function usageLine(usage: string, style: Style): string {
  return `${style.bold("Usage:")} ${style.code(usage)}`;
}

/** The width of a text: that of the terminal, within limits; a pipe has no width. */
function widthOf({ columns = HELP_WIDTH }: HelpLayout): number {
  return Math.min(Math.max(columns, WIDTH_MIN), WIDTH_MAX);
}

/** Lists options in groups, with all descriptions in one column. */
function optionList(
  groups: Readonly<Record<string, readonly OptionEntry[]>>,
  layout: HelpLayout,
): string {
  const { style } = layout;
  const width = Math.max(...Object.values(groups).flat().map((option) => term(option).length));
  const toLine = (option: OptionEntry) => {
    const name = style.code(term(option)) + " ".repeat(width - term(option).length);
    return `  ${name}  ${wrap(option.description, widthOf(layout), width + 4)}`;
  };
  return Object.entries(groups)
    .map(([title, options]) => [style.bold(title), ...options.map(toLine)].join("\n"))
    .join("\n\n");
}

/** Colors a text: its headings, and the commands and options in its first column. */
function painted(text: string, style: Style): string {
  return text.split("\n").map((line) => {
    if (/^[A-Z].*:$/.test(line)) return style.bold(line);
    const [, indent, code, rest] = /^( {2})((?:tdrun |eval |--).*?)( {2,}.*)?$/.exec(line) ?? [];
    return code === undefined ? line : `${indent}${style.code(code)}${rest ?? ""}`;
  }).join("\n");
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
function wrap(text: string, width: number, indent = 0): string {
  const [first = "", ...rest] = wrapLine(" ".repeat(indent) + text, width, indent).split("\n");
  return [first.slice(indent), ...rest].join("\n");
}
