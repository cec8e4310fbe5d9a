/**
 * The option table: the one source of what the command understands, for parsing, for `--help` and for
 * completions. An option that is not in this table does not exist.
 */
import { GRAPH_FORMATS } from "../../graph/graph_format.ts";
import { ISOLATIONS } from "../../pool/isolation.ts";
import { anyText, flag, type OptionEntry, type OptionValues, valueOption } from "./option_entry.ts";
import {
  ANY_SEED,
  duration,
  failFast,
  nameList,
  oneOf,
  reporter,
  retries,
  seed,
  stateOutFile,
  tagExpression,
  wholeNumber,
} from "./option_values.ts";
import { OUTPUT_MODES, REPORTERS, SHELLS, TASK_ORDERS } from "./request.ts";

/** The options, in groups, in the order of the help. */
export const OPTION_GROUPS = {
  "Which tasks:": [
    valueOption(
      "--tags <expression>",
      'with tags: a,b (both), or "a and not (b or c)"',
      tagExpression,
    ),
    valueOption(
      "--exclude <names>",
      "leave out these; names and globs: a,b_*",
      nameList("--exclude"),
      {
        isRepeatable: true,
      },
    ),
    flag("--with-deps", 'and all that the selected tasks need; when: "always" tasks after it'),
    flag("--dependents", "and all that needs the selected tasks"),
  ],
  "How they run:": [
    valueOption(
      "--workers <n>",
      "threads; 0 runs on the main thread (default: min(8, cores, tasks))",
      anyText,
    ),
    valueOption(
      "--isolate <how>",
      "keep tasks apart by: worker (default), process, inline (not)",
      oneOf("--isolate", ISOLATIONS),
      { choices: ISOLATIONS },
    ),
    valueOption(
      "--engine <url>",
      "run them on workers elsewhere: redis://host (see tdrun worker)",
      anyText,
    ),
    valueOption(
      "--run-id <id>",
      "with --engine: go on with this run, if its driver is gone",
      anyText,
    ),
    flag("--skip-deps", "skip tasks whose dependencies did not pass (default)"),
    flag("--no-skip-deps", "run tasks whose dependencies did not pass"),
    valueOption("--state-file <file>", "initial state, JSON or YAML", anyText),
    valueOption(
      "--state-out <file>",
      "write the state as JSON at the end; with --dry-run, at the start",
      stateOutFile,
    ),
    valueOption(
      "--order <by>",
      "which goes first: name (default), path, recorded",
      oneOf("--order", TASK_ORDERS),
      { choices: TASK_ORDERS },
    ),
    valueOption("--shuffle [seed]", "take tasks that could run in an order of chance", seed, {
      preset: ANY_SEED,
    }),
    flag("--strict", "fail tasks that read a result they do not come after"),
  ],
  "When they fail or take long:": [
    valueOption(
      "--timeout <time>",
      "an attempt may take this long, unless its task says: 500ms, 30s, 2m",
      duration("--timeout"),
    ),
    valueOption(
      "--retries <n[:delay]>",
      "try failed tasks again, unless they say; after a delay that doubles",
      retries,
    ),
    valueOption(
      "--fail-fast [n[:mode]]",
      "after n failures: no-new (default), kill, continue",
      failFast,
      { preset: "1" },
    ),
    flag("--fail-on-flaky", "fail if a task passed on a retry only"),
    valueOption(
      "--deadline <time>",
      "the run may take this long, with loading the module and setupState",
      duration("--deadline"),
    ),
    valueOption("--repeat <n>", "run n times, or until a run fails", wholeNumber("--repeat")),
    flag(
      "--rerun-failed",
      "go on with the last run: results of what passed stand, all else runs; the state begins anew",
    ),
    flag("--force", "with --rerun-failed: though the graph has changed, or the run has not ended"),
    flag("--no-journal", "write nothing to .tdrun, which --rerun-failed reads"),
  ],
  "What is shown:": [
    flag("--progress", "a progress bar instead of a line for each task"),
    flag("--viewer", "a row for each thread, and a progress bar"),
    valueOption(
      "--output <mode>",
      "what tasks print: live (default), grouped, failed, none",
      oneOf("--output", OUTPUT_MODES),
      { choices: OUTPUT_MODES },
    ),
    valueOption(
      "--durations <n>",
      "name the n slowest tasks at the end",
      wholeNumber("--durations"),
    ),
    valueOption(
      "--reporter <name[=file]>",
      `report as ${REPORTERS.join(", ")}; again for more`,
      reporter,
      { choices: REPORTERS, isRepeatable: true },
    ),
    flag("--log", "write a log file for each thread, in this folder"),
    flag("--verbose", "show debug lines, and stack traces of our own errors"),
  ],
  "Instead of running:": [
    valueOption(
      "--graph [format]",
      "print the graph: text (default), dot, mermaid, json, levels",
      oneOf("--graph", GRAPH_FORMATS),
      { choices: GRAPH_FORMATS, preset: "text" },
    ),
    flag("--list", "print the names of the tasks, sorted"),
    flag("--dry-run", "print the order in which one thread would run them"),
    valueOption(
      "--completions <shell>",
      "print a completion script: bash, zsh, fish",
      oneOf("--completions", SHELLS),
      { choices: SHELLS },
    ),
    flag("--version", "print the version", { short: "-V" }),
    flag("--help", "print this help", { short: "-h" }),
  ],
};

type Groups = typeof OPTION_GROUPS;

/** All options. */
export const OPTIONS: readonly OptionEntry[] = Object.values(OPTION_GROUPS)
  .flatMap((group): readonly OptionEntry[] => group);

/** The options as they were typed. */
export type TypedOptions = OptionValues<Groups[keyof Groups][number]>;
