/** Output of `--dry-run` and `--list`. UPDATE_GOLDENS=1 rewrites the golden files. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { stripAnsiCode } from "@std/fmt/colors";
import { printAction } from "../../src/cli/inspect/print_action.ts";
import { parseCommand } from "../../src/cli/args/parse_command.ts";
import type { Request } from "../../src/cli/args/request.ts";
import { resolveNames } from "../../src/cli/args/resolve_names.ts";
import { Graph } from "../../src/graph/graph.ts";
import { selectTasks } from "../../src/graph/select.ts";
import type { TaskPolicy } from "../../src/task/policy.ts";
import { assertGolden } from "../support/golden.ts";
import { chainOf, task } from "../support/graphs.ts";
import { strangeGraph } from "../support/strange_graph.ts";

type OutSystem = Parameters<typeof printAction>[3];

const FILE: OutSystem = { isOutColored: false, isOutTerminal: false, env: () => undefined };

function request(graph: Graph, ...args: string[]): Request {
  const parsed = parseCommand(["build.ts", ...args]);
  assert(parsed.type === "run");
  return resolveNames(parsed.request, graph);
}

/** The output for a graph with these arguments. */
function printed(graph: Graph, args: readonly string[], reader = FILE): string {
  const asked = request(graph, "--workers=2", ...args);
  assert(asked.action.type !== "run");
  const mocked = [...asked.mocks.keys()];
  return printAction(
    asked.action,
    asked,
    selectTasks(graph, { ...asked.selection, mocked }),
    reader,
  );
}

const BUILD = Graph.from([
  task("fetch", [], ["net"]),
  task("configure"),
  task("compile", ["fetch", "configure"]),
  task("test_unit", ["compile"], ["test"]),
  task("test_end_to_end", ["compile"], ["test", "slow"]),
  task("lint", ["fetch"], ["test"]),
  task("package", ["compile", "test_unit", "test_end_to_end", "lint", "configure", "fetch"]),
]);

const goldens: [name: string, graph: Graph, args: string[]][] = [
  ["dry_run", BUILD, ["--dry-run"]],
  ["dry_run_selected", BUILD, ["--dry-run", "--tags=test and not slow", "--with-deps"]],
  ["dry_run_mocked", BUILD, ["--dry-run", "--result-compile=x", "--result-lint=y"]],
  ["dry_run_strange", strangeGraph(), ["--dry-run"]],
  ["list", BUILD, ["--list"]],
  ["list_selected", BUILD, ["--list", "--exclude=test_*,lint"]],
  ["list_strange", strangeGraph(), ["--list"]],
];
for (const [name, graph, args] of goldens) {
  Deno.test(`printAction() matches the golden file ${name}`, () => {
    const text = printed(graph, args);
    assert(!text.endsWith("\n"));
    assertGolden(`look/${name}.txt`, `${text}\n`);
  });
}

Deno.test("printAction() adds colors, and tags to --list, when the output is a terminal", () => {
  const terminal = { isOutColored: true, isOutTerminal: true, env: () => undefined };
  const dryRun = printed(BUILD, ["--dry-run"], terminal);
  assertEquals(stripAnsiCode(dryRun), printed(BUILD, ["--dry-run"]));
  assert(dryRun !== stripAnsiCode(dryRun));
  const list = printed(BUILD, ["--list"], terminal).split("\n");
  assertEquals(list.slice(0, 3), ["compile", "configure", "fetch            \x1b[2mnet\x1b[22m"]);
  assertEquals(stripAnsiCode(list[5]!), "test_end_to_end  test, slow");
  const wide = Graph.from([task("日本", [], ["a"]), task("x".repeat(50), [], ["b"]), task("y")]);
  assertEquals(stripAnsiCode(printed(wide, ["--list"], terminal)).split("\n"), [
    `${"x".repeat(50)}  b`,
    "y",
    `日本${" ".repeat(36)}  a`,
  ]);
});

Deno.test("printAction() prints names only for --list when the output is a colored pipe", () => {
  const piped = { isOutColored: true, isOutTerminal: false, env: () => undefined };
  assertEquals(printed(BUILD, ["--list"], piped), printed(BUILD, ["--list"]));
});

/** Names of the tasks in the printed order. */
function order(graph: Graph): string[] {
  const text = printed(graph, ["--dry-run"]);
  const part = text.slice(text.indexOf("Order"), text.indexOf("Levels"));
  return [...part.matchAll(/^ +\d+ {2}(\S+)/gm)].map(([, name = ""]) => name);
}

function withPolicy(name: string, policy: TaskPolicy, after: readonly string[] = []) {
  return { ...task(name, after), policy };
}

Deno.test("printAction() lists tasks in the plan's order when they have priorities", () => {
  const graph = Graph.from([
    task("a"),
    withPolicy("b", { priority: 2 }),
    withPolicy("c", { priority: 1 }),
    withPolicy("d", { priority: 9 }, ["a"]),
  ]);
  assertEquals(order(graph), ["b", "c", "a", "d"]);
});

Deno.test("printAction() lists tasks that run only after a failure separately", () => {
  const graph = Graph.from([task("a"), withPolicy("mend", { when: "failed" }, ["a"])]);
  assertEquals(order(graph), ["a"]);
  assertEquals(printed(graph, ["--dry-run"]).split("\n").slice(0, 2), [
    "Would run 1 task on 2 threads",
    'Only after a failure: "mend"',
  ]);
});

Deno.test("printAction() prints the order of 100,000 tasks", () => {
  const text = printed(chainOf(100_000), ["--dry-run"]);
  assert(text.includes("\n  100000  t099999  after t099998\n"));
});

Deno.test("printAction() escapes line breaks in the name of a mocked task", () => {
  const graph = Graph.from([task("a\nb\x9b"), task("c")]);
  const [line] = printed(graph, ["--dry-run", "--result-a\nb\x9b=1"]).split("\n");
  assertEquals(line, "Would run 1 task on 2 threads, 1 mocked (a\\nb\\u009b)");
});

Deno.test("printAction() names the main thread when tasks run on it", () => {
  const asked = request(BUILD, "--workers=0", "--dry-run");
  const [line] = printAction({ type: "dry-run" }, asked, BUILD, FILE).split("\n");
  assertEquals(line, "Would run 7 tasks on the main thread");
});

Deno.test("--dry-run wraps names at spaces when standard output is a terminal", () => {
  const terminal = { size: () => ({ columns: 40, rows: 24 }), hasOut: true, write: () => {} };
  const text = printed(BUILD, ["--dry-run"], { ...FILE, isOutTerminal: true, terminal });
  assert(text.split("\n").every((line) => line.length <= 40), text);
  assertStringIncludes(
    text,
    "\n  7  package          after compile,\n     test_unit, test_end_to_end",
  );
});
