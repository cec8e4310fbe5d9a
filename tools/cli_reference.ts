/**
 * Generates docs/cli.md from the option table: `deno task docs`. A test compares the page with the
 * generated text.
 */
import { HELP_EPILOGUE } from "../src/cli/help/help_text.ts";
import type { OptionEntry } from "../src/cli/args/option_entry.ts";
import { OPTION_GROUPS } from "../src/cli/args/option_table.ts";

/** The path of the page. */
export const CLI_REFERENCE = new URL("../docs/cli.md", import.meta.url);

const HEAD = `# The command line

<!-- Written by \`deno task docs\` from src/cli/args/option_table.ts: change it there. -->

    tdrun [options] <module>[::task...] [--key=value...]

\`tdrun\` stands for \`deno run -A jsr:@thread-order/cli\`, or for the command that
\`deno install -gA -n tdrun jsr:@thread-order/cli\` installs. \`tdrun --help\` prints the same options,
\`tdrun -h\` the most common ones. The [guide](guide.md) has examples. \`tdrun ui\` starts the
[web UI](ui.md); \`tdrun worker\` runs tasks for other machines ([scaling.md](scaling.md));
\`tdrun merge\` makes one report of several shards ([CI](how-to/ci.md#several-machines)).

- \`module.ts::name\` runs one task without its dependencies; \`--with-deps\` adds them, and
  \`--result-NAME=value\` sets the result of one. Several names and globs are allowed:
  \`module.ts::load_*::report\`. The name of a task with cases (\`each\`) selects all of them.
- An option with a value is written \`--option=value\` or \`--option value\`. An optional value needs
  the \`=\`, since the next word is the module.
- A duration is \`500ms\`, \`30s\`, \`2m\`, \`1h\` or \`"1 h"\`; a plain number is milliseconds.
- If an option is repeated, the last one counts. \`--exclude\`, \`--reporter\` and \`--tokens\` add up;
  \`--tags\` can be given only once.
- An unknown option is an error that suggests the nearest name. \`--name=value\` with an unknown name
  sets a key of the state; a note is printed if the name resembles an option.
`;

/** Details that the help omits, by exit code. */
const CODE_DETAILS: Readonly<Record<string, string>> = {
  "1":
    "; an error outside of tasks; a run past its `--deadline`; a flaky task, with `--fail-on-flaky`",
  "2": ": invalid options, module, graph or state file",
  "70": "; state that could not be written",
};

const CODES_EPILOGUE = `
[failure-handling.md](failure-handling.md) lists the exit code of each failure.
`;

/** A row of the table of options. */
interface Row {
  readonly group: string;
  readonly flags: string;
  readonly meaning: string;
}

/** Generates the text of the page. */
export function cliReference(): string {
  const groups = Map.groupBy(rows(), ({ group }) => group);
  const tables = [...groups].map(([group, list]) => section(group.replace(/:$/, ""), list));
  return [HEAD, ...tables, ...afterOptions()].join("\n");
}

function rows(): Row[] {
  return Object.entries(OPTION_GROUPS).flatMap(([group, options]) =>
    options.map((option) => ({ group, ...rowOf(option) }))
  );
}

function rowOf(option: OptionEntry): Omit<Row, "group"> {
  const { name, short, description, value, isValueOptional, isRepeatable } = option;
  const term = isValueOptional ? `${name}[=${value}]` : value ? `${name} <${value}>` : name;
  return {
    flags: `\`${short ? `${short}, ` : ""}${term}\``,
    meaning: sentence(description) +
      (isRepeatable && !description.includes("repeatable") ? " Repeatable." : ""),
  };
}

function sentence(text: string): string {
  return `${text[0]!.toUpperCase()}${text.slice(1)}.`.replaceAll("|", "\\|");
}

function section(title: string, list: readonly Row[]): string {
  return `## ${title}\n\n${
    table([["option", "meaning"], ...list.map(({ flags, meaning }) => [flags, meaning])])
  }`;
}

/** The sections of `--help` after the options: terms with meanings, and examples. */
function afterOptions(): string[] {
  const paragraphs = HELP_EPILOGUE.trim().split("\n\n");
  const parts = new Map(paragraphs.map((text) => {
    const [title = "", ...lines] = text.split("\n");
    return [title, lines] as const;
  }));
  const state = termsOf(parts.get("State and results:")!.map((line) => [line]));
  const codes = parts.get("Exit codes:")!.flatMap((line) =>
    [...line.matchAll(/(\d+) (\S.*?)(?= {2,}\d|, \d|$)/g)].map(([, code, why]) => [code!, why!])
  );
  const examples = parts.get("Examples:")!.map((line) => line.replace(/^ {2}/, "    "));
  return [
    `## State and results\n\n${table([["option", "meaning"], ...state])}`,
    `## Exit codes\n\n${
      table([
        ["code", "meaning"],
        ...codes.sort(([a], [b]) => Number(a) - Number(b)).map(([code, why]) => [
          `**${code}**`,
          sentence(why! + (CODE_DETAILS[code!] ?? "")),
        ]),
      ])
    }${CODES_EPILOGUE}`,
    `## Examples\n\n${examples.join("\n")}\n`,
  ];
}

/** Joins continued lines: `term  meaning`, with more of the meaning below. */
function termsOf(lines: readonly string[][]): string[][] {
  const terms: string[][] = [];
  for (const [line = ""] of lines) {
    const [, term, meaning = ""] = /^ {2}(\S+) {2,}(.*)$/.exec(line) ?? [];
    if (term) terms.push([`\`${term}\``, meaning]);
    else terms.at(-1)![1] += ` ${line.trim()}`;
  }
  return terms.map(([term, meaning]) => [term!, sentence(meaning!)]);
}

/** Formats a table as `deno fmt` does: columns are as wide as their widest cell. */
function table(cells: readonly (readonly string[])[]): string {
  const widths = cells[0]!.map((_, column) => Math.max(...cells.map((row) => row[column]!.length)));
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column]!)).join(" | ")} |\n`;
  const [head = [], ...body] = cells;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...body.map(line)].join("");
}

if (import.meta.main) Deno.writeTextFileSync(CLI_REFERENCE, cliReference());
