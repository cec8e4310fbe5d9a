/**
 * The option table: the one source of what the command understands, for parsing, for `--help` and for
 * completions. An option that is not in this table does not exist.
 */
import { Command, Option } from "@commander-js/extra-typings";
import { VERSION } from "../base/version.ts";
import { GRAPH_FORMATS } from "../graph/format.ts";
import { ISOLATIONS } from "../pool/isolation.ts";
import { AFTER_HELP } from "./help_text.ts";
import { names, oneOf, reporter, tags, wholeNumber, workers } from "./option_values.ts";
import { ANY_SEED, failFast, retries, seed, time } from "./policy_options.ts";
import { OUTPUT_MODES, REPORTERS, SHELLS, TASK_ORDERS } from "./request.ts";

const HELP_WIDTH = 80;

/** Builds the parser. It never exits and never writes: errors are thrown, help is asked for. */
export function commandLine() {
  return runOptions()
    .optionsGroup("What is shown:")
    .option("--progress", "a progress bar instead of a line for each task")
    .option("--viewer", "a row for each thread, and a progress bar")
    .addOption(
      new Option("--output <mode>", "what tasks print: live (default), grouped, failed, none")
        .choices(OUTPUT_MODES).argParser(oneOf("--output", OUTPUT_MODES)),
    )
    .option("--durations <n>", "name the n slowest tasks at the end", wholeNumber("--durations"))
    .addOption(
      new Option("--reporter <name[=file]>", `report as ${REPORTERS.join(", ")}; again for more`)
        .choices(REPORTERS).argParser(reporter),
    )
    .option("--log", "write a log file for each thread, in this folder")
    .option("--verbose", "show debug lines, and stack traces of our own errors")
    .optionsGroup("Instead of running:")
    .addOption(
      new Option("--graph [format]", "print the graph: text (default), dot, mermaid, json, levels")
        .choices(GRAPH_FORMATS).preset("text").argParser(oneOf("--graph", GRAPH_FORMATS)),
    )
    .option("--list", "print the names of the tasks, sorted")
    .option("--dry-run", "print the order in which one thread would run them")
    .addOption(
      new Option("--completions <shell>", "print a completion script: bash, zsh, fish")
        .choices(SHELLS).argParser(oneOf("--completions", SHELLS)),
    )
    .version(VERSION, "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .addHelpText("after", AFTER_HELP)
    // Descriptions name choices and defaults themselves, shorter.
    .configureHelp({
      helpWidth: HELP_WIDTH,
      visibleArguments: () => [],
      optionDescription: ({ description }) => description,
      optionTerm: ({ flags }) => flags.replace(" [", "[="), // the next word is the module
    })
    .showSuggestionAfterError(false)
    .configureOutput({ writeOut: () => {}, writeErr: () => {}, outputError: () => {} })
    .exitOverride();
}

/** The options that say what is run, and how. */
function runOptions() {
  return new Command("tdrun")
    .description(
      "Runs the marked functions of a module in parallel, on threads, in the order they need.",
    )
    .usage("[options] <module>[::task...] [--key=value...]")
    .argument("[target...]")
    .optionsGroup("Which tasks:")
    .option("--tags <expression>", 'with tags: a,b (both), or "a and not (b or c)"', tags)
    .option("--exclude <names>", "leave out these; names and globs: a,b_*", names("--exclude"))
    .option("--with-deps", "and all that the selected tasks need")
    .option("--dependents", "and all that needs the selected tasks")
    .optionsGroup("How they run:")
    .option(
      "--workers <n>",
      "threads; 0 runs on the main thread (default: min(8, cores, tasks))",
      workers,
    )
    .addOption(
      new Option("--isolate <how>", "keep tasks apart by: worker (default), process, inline (not)")
        .choices(ISOLATIONS).argParser(oneOf("--isolate", ISOLATIONS)),
    )
    .option("--engine <url>", "run them on workers elsewhere: redis://host (see tdrun worker)")
    .option("--run-id <id>", "with --engine: go on with this run, if its driver is gone")
    .option("--skip-deps", "skip tasks whose dependencies did not pass (default)")
    .option("--no-skip-deps", "run tasks whose dependencies did not pass")
    .option("--state-file <file>", "initial state, JSON or YAML")
    .option(
      "--state-out <file>",
      "write the state as JSON at the end; with --dry-run, at the start",
    )
    .addOption(
      new Option("--order <by>", "which goes first: name (default), path, recorded")
        .choices(TASK_ORDERS).argParser(oneOf("--order", TASK_ORDERS)),
    )
    .addOption(
      new Option("--shuffle [seed]", "take tasks that could run in an order of chance")
        .preset(ANY_SEED).argParser(seed),
    )
    .option("--strict", "fail tasks that read a result they do not come after")
    .optionsGroup("When they fail or take long:")
    .option("--timeout <time>", "an attempt may take this long: 500ms, 30s, 2m", time("--timeout"))
    .option("--retries <n[:delay]>", "try failed tasks again, after a delay that doubles", retries)
    .addOption(
      new Option("--fail-fast [n[:mode]]", "after n failures: no-new (default), kill, continue")
        .preset("1").argParser(failFast),
    )
    .option("--fail-on-flaky", "fail if a task passed on a retry only")
    .option("--deadline <time>", "the run may take this long, with setupState", time("--deadline"))
    .option("--repeat <n>", "run n times, or until a run fails", wholeNumber("--repeat"))
    .option(
      "--rerun-failed",
      "go on with the last run: results of what passed stand, all else runs; the state begins anew",
    )
    .option("--force", "with --rerun-failed: though the graph has changed")
    .option("--no-journal", "write nothing to .tdrun, which --rerun-failed reads");
}

/** An option, as whoever goes through the table reads it. */
export interface OptionEntry {
  /** As typed: `--workers`. */
  readonly name: string;
  /** `-h`, where there is one. */
  readonly short: string | undefined;
  readonly description: string;
  /** What stands for its value in the help: `n`. Undefined: it takes none. */
  readonly value: string | undefined;
  /** Whether it may come without its value. */
  readonly isValueOptional: boolean;
  /** What its value is if it comes without one. */
  readonly preset: string | undefined;
  /** Whether it adds up when it is given again. */
  readonly isRepeatable: boolean;
  /** What the value, or its beginning, can be; empty if it can be anything. */
  readonly choices: readonly string[];
}

const REPEATABLE = ["--exclude", "--reporter"];

/** All options. */
export function optionTable(command: ReturnType<typeof commandLine>): OptionEntry[] {
  return command.createHelp().visibleOptions(command as unknown as Command).map((option) => ({
    name: option.long!,
    short: option.short,
    description: option.description,
    value: / [<[](.+)[>\]]$/.exec(option.flags)?.[1],
    isValueOptional: option.optional && !option.required,
    preset: option.required ? undefined : option.presetArg as string | undefined,
    isRepeatable: REPEATABLE.includes(option.long!),
    choices: option.argChoices ?? [],
  }));
}
