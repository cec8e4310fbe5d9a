/**
 * The option table: the one source of what the command understands, for parsing and for `--help`.
 * An option that is not in this table does not exist.
 */
import { Command, InvalidArgumentError } from "@commander-js/extra-typings";

/** The version of the command; deno.json has the same, and a test compares them. */
export const VERSION = "0.1.0";

/** Builds the parser. It never exits and never writes: errors are thrown, help is asked for. */
export function commandLine() {
  return new Command("tdrun")
    .description(
      "Runs the marked functions of a module in parallel, on threads, in the order they need.",
    )
    .argument("<target>", "the module, or module::task to run one task alone")
    .option(
      "--workers <n>",
      "threads; 0 runs on the main thread (default: min(8, cores, tasks))",
      wholeNumber,
    )
    .option("--tags <a,b>", "run the tasks that have all these tags", nameList)
    .option("--log", "write a log file for each thread to the current folder")
    .option("--verbose", "show debug lines, and stack traces of our own errors")
    .option("--graph", "print the dependency graph and exit")
    .option("--skip-deps", "skip tasks whose dependencies did not pass (the default)")
    .option("--no-skip-deps", "run tasks whose dependencies did not pass")
    .option("--state-file <file>", "initial state, JSON or YAML")
    .version(VERSION, "-V, --version", "print the version and exit")
    .helpOption("-h, --help", "print this help and exit")
    .addHelpText(
      "after",
      `
State and results:
  --key=value           put a string into the state
  --key:=json           put a JSON value into the state
  --result-NAME=value   take this as the result of the task NAME, and do not run it
                        (:= for JSON)

Exit codes: 0 all passed, 1 a task failed, 2 the request was wrong, 4 nothing to run,
70 a bug or a reporter that could not write, 130 interrupted, 143 terminated`,
    )
    .showSuggestionAfterError(false)
    .allowExcessArguments(false)
    .configureOutput({ writeOut: () => {}, writeErr: () => {}, outputError: () => {} })
    .exitOverride();
}

/** The long names of all options, as typed: `--workers`, `--no-skip-deps`, … */
export function optionNames(command: ReturnType<typeof commandLine>): string[] {
  const names = command.options.flatMap((option) => option.long ?? []);
  return [...names, "--help"];
}

function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError("it must be a whole number from 0.");
  const value = Number(text);
  if (value > WORKERS_MAX) throw new InvalidArgumentError(`it must be ${WORKERS_MAX} at most.`);
  return value;
}

/** The shared state has a slot for the main thread and this many workers. */
const WORKERS_MAX = 63;

function nameList(text: string): string[] {
  return text.split(",").map((name) => name.trim()).filter((name) => name !== "");
}
