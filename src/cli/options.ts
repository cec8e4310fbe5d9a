/**
 * The option table: the one source of what the command understands, for parsing and for `--help`.
 * An option that is not in this table does not exist.
 */
import { Command, InvalidArgumentError, Option } from "@commander-js/extra-typings";
import { closest } from "../base/suggest.ts";
import { GRAPH_FORMATS, OUTPUT_MODES, type ReporterName, REPORTERS } from "./request.ts";

/** The version of the command; deno.json has the same, and a test compares them. */
export const VERSION = "0.1.0";

/** `--reporter` as typed: a name, and a file or none. */
export interface ReporterOption {
  readonly name: ReporterName;
  readonly file: string | undefined;
}

/** Builds the parser. It never exits and never writes: errors are thrown, help is asked for. */
export function commandLine() {
  return new Command("tdrun")
    .description(
      "Runs the marked functions of a module in parallel, on threads, in the order they need.",
    )
    .argument("[target...]", "the module, or module::task to run some tasks alone")
    .optionsGroup("Which tasks:")
    .option("--tags <a,b>", "run the tasks that have all these tags", list)
    .option("--exclude <a,b>", "leave out tasks, by name or glob", append)
    .option("--with-deps", "run everything the named tasks need as well")
    .option("--dependents", "run everything that needs the named tasks as well")
    .optionsGroup("How they run:")
    .option(
      "--workers <n>",
      "threads; 0 runs on the main thread (default: min(8, cores, tasks))",
      (text) => wholeNumber(text, WORKERS_MAX),
    )
    .option("--skip-deps", "skip tasks whose dependencies did not pass (the default)")
    .option("--no-skip-deps", "run tasks whose dependencies did not pass")
    .option("--state-file <file>", "initial state, JSON or YAML")
    .optionsGroup("What is shown:")
    .option("--progress", "a progress bar instead of a line for each task")
    .option("--viewer", "a row for each thread, and a progress bar")
    .addOption(
      new Option("--output <mode>", "what tasks print: live, grouped by task, of failed ones, none")
        .choices(OUTPUT_MODES),
    )
    .option("--durations <n>", "name the n slowest tasks at the end", (text) => wholeNumber(text))
    .option(
      "--reporter <name[=file]>",
      `report as ${REPORTERS.join(", ")}; again for more`,
      reporter,
    )
    .option("--log", "write a log file for each thread to the current folder")
    .option("--verbose", "show debug lines, and stack traces of our own errors")
    .optionsGroup("Instead of running:")
    .addOption(
      new Option("--graph [format]", "print the dependency graph").choices(GRAPH_FORMATS),
    )
    .option("--list", "print the names of the tasks")
    .option("--dry-run", "print the order in which one thread would run them")
    .optionsGroup("Other:")
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
    .configureOutput({ writeOut: () => {}, writeErr: () => {}, outputError: () => {} })
    .exitOverride();
}

/** The long names of all options, as typed: `--workers`, `--no-skip-deps`, … */
export function optionNames(command: ReturnType<typeof commandLine>): string[] {
  const names = command.options.flatMap((option) => option.long ?? []);
  return [...names, "--help"];
}

/** The shared state has a slot for the main thread and this many workers. */
const WORKERS_MAX = 63;

function wholeNumber(text: string, max = Infinity): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError("it must be a whole number from 0.");
  const value = Number(text);
  if (value > max) throw new InvalidArgumentError(`it must be ${max} at most.`);
  return value;
}

function list(text: string): string[] {
  return text.split(",").map((name) => name.trim()).filter((name) => name !== "");
}

function append(text: string, before: string[] = []): string[] {
  return [...before, ...list(text)];
}

function reporter(text: string, before: ReporterOption[] = []): ReporterOption[] {
  const at = text.indexOf("=");
  const [name, file] = at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
  const known = REPORTERS.find((it) => it === name);
  if (known === undefined) {
    const near = closest(name, REPORTERS);
    const hint = near === undefined ? "" : `; did you mean ${near}?`;
    throw new InvalidArgumentError(`the reporters are ${REPORTERS.join(", ")}${hint}`);
  }
  if (file === "") throw new InvalidArgumentError(`write ${name}=FILE, or ${name} alone.`);
  return [...before, { name: known, file }];
}
