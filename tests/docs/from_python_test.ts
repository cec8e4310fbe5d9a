/**
 * docs/from-python.md has every name, option, line and label of thread-order 1.3.2 for Python, as
 * in its source; and the lines that the page documents for this project are printed.
 */
import { assert, assertEquals } from "@std/assert";
import * as library from "../../mod.ts";
import { TestSpace } from "../support/command.ts";

/** The interface of thread-order for Python, by heading of the page. */
const ORIGINAL: Readonly<Record<string, readonly string[]>> = {
  "The package": [
    ...["Scheduler", "DAGraph", "configure_logging", "ThreadProxyLogger", "dmark", "mark"],
    ...["default_workers", "load_and_collect_functions", "register_functions"],
    ...["validate_highlights", "__version__", "format_graph_summary", "TaskStatus", "PASSED"],
    ...["FAILED", "SKIPPED", "Timer", "ColoredFormatter", "MainThreadAwareFormatter"],
    ...["warning", "critical", "exception"],
    ...["with_state", "tags", "after", "prefix", "workers", "__thread_order__", "__original__"],
    ...["tdrun-ui", "thread-order[ui]", "pip install thread-order", "soda480/thread-order"],
  ],
  "Hooks of a module": ["setup_state", "add_logging_highlights", "re.compile"],
  "Scheduler": [
    ...["workers", "setup_logging", "add_stream_handler", "state", "store_results"],
    ...["clear_results_on_start", "verbose", "skip_dependents", "add_file_handler", "highlights"],
    ...["register", "dregister", "start", "on_task_start", "on_task_run", "on_task_done"],
    ...["on_scheduler_start", "on_scheduler_done", "sanitize_state", "sanitized_state", "graph"],
    ...["state_lock"],
  ],
  "The summary": [
    ...["ran", "passed", "failed", "skipped", "failures", "error_type", "error", "failure_counts"],
    ...["started_at", "finished_at", "duration", "text"],
  ],
  "The state": ["state['x']", "state['results']", "state['_state_lock']", "setdefault", "get"],
  "The graph": [
    ...["add", "remove", "ready", "get_candidates", "is_empty", "nodes", "parents_of"],
    ...["children_of", "original_parents_of", "parent_child_counts", "dependency_counts"],
    ...["repr", "log_candidates"],
  ],
  "The command line": [
    ...["module.py", "::name", "-h", "--help", "--workers", "--tags", "--log", "--verbose"],
    ...["--graph", "--skip-deps", "--progress", "--viewer", "--state-file", "--key=value"],
    ...["--result-NAME=value", "DEV", "--verb"],
  ],
  "What it prints": [
    ...["collected 6 marked functions", "starting thread pool with 2 threads"],
    ...["all work completed", "PASSED [ 16% ]", "FAILED [", "SKIPPED ["],
    ...["interrupt received; cancelling remaining tasks", "==== 1 passed, 1 failed, 1 skipped in"],
    ...["Error:", "submitting 'name' to thread pool", "adding name to active futures"],
    ...["removing 'name' from active futures", "nothing more to run and no active futures remain"],
    ...["run 'name'", "skipped due to failed dependencies", "duration:", "Scheduler::State:"],
    ...["cancel() ignored for completed future", "callback … failed", "add name dependent on"],
    ...[
      "removing a as a dependency from b",
      "removing a from dependency graph",
      "requested 2 and found",
    ],
    ...["no candidates eligible for submission", "[thread_0] message", "tdrun_MainThread.log"],
  ],
  "Errors": [
    ...["has already been added", "depends on unknown", "will create a cycle"],
    ...["object must be callable", "not found", "Could not load module from", "No @mark functions"],
    ...["Async @mark functions are not supported", "State file 'x.json' not found"],
    ...["State file keys cannot start with an underscore", "--workers must be >= 1"],
    ...["--progress and --verbose arguments cannot be used together"],
    ...["--viewer and --verbose arguments cannot be used together"],
    ...["--progress and --viewer cannot be used together", "progress1bar package is required"],
    ...["thread-viewer package is required", "highlights must be a list/tuple", "DependencyError"],
    ...["CancelledError"],
  ],
  "The examples": [
    ...["tdrun/example4c.py", "tdrun/example7.py", "tdrun/test_dag.py", "tdrun/test_dag1.py"],
    ...["tdrun/test_dag2.py", "tdrun/state.json", "common.py"],
    ...["1", "2", "3", "3c", "4", "4b", "6"].map((it) => `scheduler/example${it}.py`),
  ],
  "The window": [
    ...["Open Tasks", "Open State", "Exit", "Log All", "Skip Dependents", "About", "Workers:"],
    ...[
      "Run Tasks",
      "Add Key Value",
      "User Entry",
      "State File",
      "Module File",
      "Tasks",
      "Threads",
    ],
    ...["Run", "Total", "Queued", "Active", "Closed", "Passed", "Failed", "Skipped"],
    ...["Completed in", "Loaded 6 tasks from", "Loaded state from"],
  ],
};

interface Row {
  readonly heading: string;
  readonly python: string;
  readonly here: string;
}

const text = Deno.readTextFileSync(new URL("../../docs/from-python.md", import.meta.url));

/** Rows of all tables under "Names". */
function rows(): Row[] {
  return text.split(/^### /m).slice(1).flatMap((section) => {
    const heading = section.split("\n")[0]!.replaceAll("`", "");
    const lines = section.split("\n## ")[0]!.split("\n").filter((line) => /^\| [^-]/.test(line));
    return lines.map((line) => {
      const [python = "", here = ""] = line.split("|").slice(1, -1).map((cell) => cell.trim());
      return { heading, python, here };
    });
  });
}

Deno.test("docs/from-python.md has each name, option, line and label of the original", () => {
  const known = rows();
  assert(known.length > 120, "the tables are not found any more");
  for (const [heading, names] of Object.entries(ORIGINAL)) {
    const column = known.filter((row) => row.heading === heading).map(({ python }) => python).join(
      "\n",
    );
    const codes = [...column.matchAll(/`([^`]+)`/g)].map(([, code]) => code!).join("\n");
    const isThere = (name: string) => {
      const word = name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
      return new RegExp(`(^|\\W)${word}(\\W|$)|${word}$`, "m").test(codes);
    };
    assertEquals(names.filter((name) => !isThere(name)), [], heading);
  }
});

Deno.test("docs/from-python.md names existing equivalents", () => {
  const names = new Set(
    rows().filter(({ heading }) => ["The package", "The graph"].includes(heading)).flatMap((
      { here },
    ) => [...here.matchAll(/`(?:new )?([A-Za-z]\w+)(?=[(.`])/g)].map(([, name]) => name!)),
  );
  const others = ["graph", "task", "tdrun", "workers", "setupLogging", "duration", "thread_0"];
  const known = [...Object.keys(library), ...others, "debug", "info", "warn", "error"];
  assert(names.has("formatGraph") && names.has("Graph"), "the names are not found any more");
  assertEquals([...names].filter((name) => !known.includes(name)), []);
  const members = Object.getOwnPropertyNames(library.Scheduler.prototype);
  const methods = rows().filter(({ heading }) => heading === "Scheduler").flatMap((
    { here },
  ) => [
    ...here.matchAll(/`(?:await )?(on[A-Z]\w+|register|dregister|start|graph|sanitizedState)\b/g),
  ]).map(([, name]) => name!);
  assert(methods.length >= 9);
  assertEquals(methods.filter((name) => !members.includes(name)), []);
});

/** The output of a command, with varying parts as on the page. */
function asOnThePage(line: string): string {
  return line.replace(/^(?:… |[\d-]+ [\d:,]+ )?(?:INFO |ERROR|WARN |DEBUG)? ?/, "")
    .replace(/ \.{5,} /, " ..... ")
    .replace(/\[ *\d+% \]/, "[ N% ]")
    .replace(/\b\d+ (tasks?|threads?)\b/g, "N $1")
    .replace(/in \d+\.\d\ds/, "in Ns")
    .replace(/\[thread_\d+\] (?!name \.)/, "")
    .replace(/\[thread_\d+\]/, "[thread_N]")
    .trim();
}

Deno.test("docs/from-python.md documents lines that are printed", async () => {
  await using space = await TestSpace.create();
  const failing = (task: string) => `
    export const ${task} = mark(() => {});
    export const other = mark({ after: ["${task}"] }, () => { throw new Error("why"); });
    export const last = mark({ after: ["other"] }, () => {});`;
  await space.module("passes.ts", failing("name"));
  await space.module(
    "fails.ts",
    `export const a = mark(() => {});
    export const b = mark(() => { throw new Error("why"); });
    export const name = mark({ after: ["b"] }, () => {});`,
  );
  await space.module(
    "fails_itself.ts",
    `export const name = mark(() => { throw new Error("why"); });`,
  );
  await space.module("logs.ts", `export const task = mark((_s, { log }) => log.info("message"));`);
  const printed: string[] = [];
  for (const module of ["passes.ts", "fails.ts", "fails_itself.ts", "logs.ts"]) {
    const { stdout, stderr } = await space.tdrun([module, "--log"]);
    printed.push(...`${stderr}${stdout}`.split("\n"));
    printed.push(...(await space.tdrun([module, "--verbose"])).stderr.split("\n"));
  }
  for (const thread of ["main", "thread_0"]) {
    const log = await Deno.readTextFile(`${space.folder}/tdrun_${thread}.log`);
    printed.push(...log.split("\n").map((line) => line.replace("[main] scheduler: ", "")));
  }
  await space.module(
    "interrupted.ts",
    // The task runs until its signal is aborted.
    `export const name = mark(async (_state, { signal }) => {
       Deno.kill(Deno.pid, "SIGINT");
       while (!signal.aborted) await new Promise((resolve) => setTimeout(resolve, 5));
     });`,
  );
  const { stderr: interrupted } = await space.tdrun(["interrupted.ts"]);
  printed.push(...interrupted.split("\n"));
  const lines = new Set(printed.map(asOnThePage));
  const documented = rows().filter(({ heading }) => heading === "What it prints").flatMap((
    { here },
  ) => [...here.matchAll(/^`([^`]+)`/g)].map(([, line]) => line!)).filter((line) =>
    !/^--|^summary/.test(line)
  );
  assert(documented.length >= 9, "the lines are not found any more");
  assertEquals(documented.map(asOnThePage).filter((line) => !lines.has(line)), []);
});

Deno.test("docs/from-python.md documents errors that are reported", async () => {
  await using space = await TestSpace.create();
  const task = (name: string, after: string) =>
    `export const ${name} = mark({ after: [${after}] }, () => {});`;
  await space.module("unknown.ts", task("name", '"other"'));
  await space.module("cycle.ts", task("a", '"b"') + task("b", '"a"'));
  await space.file("x.ts", "");
  await space.module("ok.ts", task("a", ""));
  await space.file("under.json", `{ "_x": 1 }`);
  const lines = [
    ["unknown.ts"],
    ["cycle.ts"],
    ["x.ts"],
    ["ok.ts::f"],
    ["ok.ts", "--state-file=x.json"],
    ["ok.ts", "--state-file=under.json"],
    ["ok.ts", "--workers=-1"],
    ["ok.ts", "--progress", "--verbose"],
    ["ok.ts", "--viewer", "--verbose"],
    ["ok.ts", "--progress", "--viewer"],
    ["gone.ts"],
  ];
  const messages = await Promise.all(lines.map(async (args) => (await space.tdrun(args)).stderr));
  const s = new library.Scheduler();
  for (const register of [() => s.register(() => {}, "name"), () => s.register(3 as never, "b")]) {
    try {
      register();
      register();
    } catch (error) {
      messages.push((error as Error).message);
    }
  }
  const all = messages.join("\n").replaceAll("gone.ts", "x.ts").replaceAll("under.json", "x.json");
  const documented = rows().filter(({ heading }) => heading === "Errors").flatMap(({ here }) =>
    [...here.matchAll(/`(Cannot [^`]+|Nothing [^`]+)`/g)].map(([, line]) => line!)
  ).filter((line) => !line.endsWith("…"));
  assert(documented.length >= 11, "the errors are not found any more");
  assertEquals(documented.filter((line) => !all.includes(line)), []);
});
