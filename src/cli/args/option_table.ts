/**
 * The option table: the single source of the command's options for parsing, `--help` and shell
 * completions.
 */
import { GRAPH_FORMATS } from "../../graph/graph_format.ts";
import { ISOLATIONS } from "../../pool/isolation.ts";
import { anyText, flag, type OptionEntry, type OptionValues, valueOption } from "./option_entry.ts";
import {
  ANY_SEED,
  completionTarget,
  duration,
  failFast,
  nameList,
  oneOf,
  reporter,
  retries,
  seed,
  shard,
  stateOutFile,
  tagExpression,
  tokens,
  wholeNumber,
} from "./option_values.ts";
import {
  LIST_FORMATS,
  OUTPUT_MODES,
  REPORTERS,
  RESULT_SOURCES,
  SHELLS,
  TASK_ORDERS,
} from "./request.ts";

/** The option that every command has. */
export const HELP = flag("--help", "print this help; -h prints the most common options", {
  short: "-h",
  brief: "print this help; --help prints all options",
});

/** The option that is applied before the arguments are parsed (change_folder.ts). */
const CHDIR = valueOption("--chdir <dir>", "change to a folder before anything else", anyText, {
  short: "-C",
  isRepeatable: true,
});

/** The options by group, in the order of the help. */
export const OPTION_GROUPS = {
  "Selection:": [
    valueOption(
      "--tags <expression>",
      'run tasks that match a tag expression: a,b (both), "a and not (b or c)"',
      tagExpression,
      { brief: 'select tasks by tags: a,b or "a and not b"' },
    ),
    valueOption(
      "--exclude <names>",
      "exclude tasks by name or glob: a,b_* (repeatable)",
      nameList("--exclude"),
      {
        isRepeatable: true,
      },
    ),
    flag(
      "--with-deps",
      'also run all dependencies of the selected tasks, and their dependents with when: "always"',
      { brief: "also run the dependencies of the selected tasks" },
    ),
    flag("--dependents", "also run all dependents of the selected tasks"),
    valueOption(
      "--results <run>",
      "last: use results of the last run for dependencies that are not selected",
      oneOf("--results", RESULT_SOURCES),
      { choices: RESULT_SOURCES },
    ),
    valueOption(
      "--shard <k/n>",
      "run part k of n, balanced by recorded durations, with all dependencies (see tdrun merge)",
      shard,
    ),
  ],
  "Execution:": [
    valueOption(
      "--workers <n>",
      "number of threads; 0 runs on the main thread (default: min(8, cores, tasks))",
      anyText,
      { brief: "number of threads; 0 runs on the main thread" },
    ),
    valueOption(
      "--isolate <mode>",
      "isolation: worker (default), process, inline (none)",
      oneOf("--isolate", ISOLATIONS),
      { choices: ISOLATIONS },
    ),
    valueOption(
      "--engine <url>",
      "run tasks on remote workers: redis://host (see tdrun worker)",
      anyText,
    ),
    valueOption(
      "--run-id <id>",
      "with --engine: name the run, or resume it if its driver is gone",
      anyText,
    ),
    flag("--skip-deps", "skip tasks whose dependencies did not pass (default)"),
    flag("--no-skip-deps", "run tasks whose dependencies did not pass"),
    valueOption("--state-file <file>", "read the initial state from JSON or YAML", anyText),
    valueOption(
      "--state-out <file>",
      "write the final state as JSON (with --dry-run: the initial state)",
      stateOutFile,
    ),
    valueOption(
      "--order <order>",
      "order of ready tasks: name (default), path (longest path first), recorded (by past durations)",
      oneOf("--order", TASK_ORDERS),
      { choices: TASK_ORDERS },
    ),
    valueOption("--shuffle [seed]", "run ready tasks in random order; prints the seed", seed, {
      preset: ANY_SEED,
    }),
    valueOption(
      "--tokens <name=n>",
      "number of tokens that tasks take (option tokens); repeatable",
      tokens,
      { isRepeatable: true },
    ),
    flag("--strict", "fail tasks that read a result without depending on it"),
  ],
  "Failures and limits:": [
    valueOption(
      "--timeout <time>",
      "default time limit per attempt: 500ms, 30s, 2m",
      duration("--timeout"),
      { brief: "time limit per attempt: 500ms, 30s, 2m" },
    ),
    valueOption(
      "--retries <n[:delay]>",
      "default number of retries; the delay doubles each time",
      retries,
      { brief: "number of retries; the delay doubles each time" },
    ),
    valueOption(
      "--fail-fast [n[:mode]]",
      "stop after n failures: no-new (start no more, default), kill, continue",
      failFast,
      { preset: "1", brief: "stop after n failures; 1 by default" },
    ),
    flag("--fail-on-flaky", "fail the run if a task passed only on a retry"),
    valueOption(
      "--deadline <time>",
      "cancel the run after this long, module loading and setupState included",
      duration("--deadline"),
    ),
    valueOption(
      "--repeat <n>",
      "repeat the run n times, stop at the first failure",
      wholeNumber("--repeat"),
    ),
    flag(
      "--keep-going",
      "with --repeat: go on after a failed run, and print the flake rate of each task",
    ),
    flag(
      "--rerun-failed",
      "rerun what did not pass last time, reusing other results; the state starts fresh",
      { brief: "rerun what did not pass last time" },
    ),
    flag(
      "--force",
      "with --rerun-failed: proceed even if the graph changed or the last run is still active; with --results=last: even if the dependencies changed",
    ),
    flag("--no-journal", "do not record the run in .tdrun"),
  ],
  "Only what changed:": [
    flag("--watch", "run again when a file changes: the tasks that it affects, and dependents"),
    valueOption(
      "--changed [ref]",
      "run tasks whose code or cached files differ from a git ref (HEAD by default), and their dependents",
      anyText,
      { preset: "HEAD" },
    ),
    flag("--no-cache", "run cached tasks too, and store nothing"),
    valueOption(
      "--why [tasks]",
      "print which inputs of cached tasks have changed: all tasks, or a,b_*",
      nameList("--why"),
      { preset: "*" },
    ),
    valueOption("--cache-dir <folder>", "folder of the cache (default: .tdrun/cache)", anyText),
  ],
  "Output:": [
    flag("--progress", "show a progress bar instead of one line per task", {
      brief: "show a progress bar instead of one line per task",
    }),
    flag("--viewer", "show one row per thread and a progress bar"),
    valueOption(
      "--output <mode>",
      "how to show task output: live, grouped, failed or none; live by default, failed with --progress and --viewer",
      oneOf("--output", OUTPUT_MODES),
      { choices: OUTPUT_MODES, brief: "output of tasks: live, grouped, failed or none" },
    ),
    valueOption(
      "--durations <n>",
      "list the n slowest tasks and the critical path",
      wholeNumber("--durations"),
    ),
    valueOption(
      "--reporter <name[=file]>",
      `add a reporter: ${REPORTERS.join(", ")}; repeatable`,
      reporter,
      {
        choices: REPORTERS,
        isRepeatable: true,
        brief: "add a report: html=report.html, junit=junit.xml",
      },
    ),
    flag("--log", "write one log file per thread to the current folder"),
    flag("--verbose", "print debug messages, and stack traces of errors of the command"),
  ],
  "Settings:": [
    valueOption("--profile <name>", "use a profile of the settings; TDRUN_PROFILE", anyText),
    flag("--settings", "print the options in force, and where each comes from"),
    flag("--no-settings", "ignore the settings in deno.json or tdrun.json"),
  ],
  "Inspection:": [
    valueOption(
      "--graph [format]",
      `print the graph: ${GRAPH_FORMATS.join(", ").replace("text", "text (default)")}`,
      oneOf("--graph", GRAPH_FORMATS),
      {
        choices: GRAPH_FORMATS,
        preset: "text",
        brief: "print the graph: text, tree, svg and others",
      },
    ),
    valueOption(
      "--list [format]",
      "list the tasks: text (default, their sorted names), json (with file, line, dependencies), tags (only their tags)",
      oneOf("--list", LIST_FORMATS),
      { choices: LIST_FORMATS, preset: "text" },
    ),
    flag("--dry-run", "print what would run, in which order, without running it", {
      brief: "print what would run, and in which order",
    }),
    valueOption(
      "--completions <shell>",
      "print a completion script: bash, zsh, fish",
      completionTarget,
      { choices: SHELLS },
    ),
    CHDIR,
    flag("--version", "print the version", { short: "-V" }),
    HELP,
  ],
};

type Groups = typeof OPTION_GROUPS;

/** All options. */
export const OPTIONS: readonly OptionEntry[] = Object.values(OPTION_GROUPS)
  .flatMap((group): readonly OptionEntry[] => group);

/** The parsed options of a command line. */
export type TypedOptions = OptionValues<Groups[keyof Groups][number]>;
