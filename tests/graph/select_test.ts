/** Tests of the selection of tasks. */
import { assertEquals, assertThrows } from "@std/assert";
import { NothingToRunError, UsageError } from "../../src/base/errors.ts";
import { Graph } from "../../src/graph/graph.ts";
import {
  idleFailureNotes,
  type Selection,
  selectTasks,
  unknownTagNotes,
  unselectedDependencies,
} from "../../src/graph/select.ts";
import { parseTagExpression as tags } from "../../src/graph/tag_expression.ts";
import type { TaskPolicy } from "../../src/task/policy.ts";
import { task } from "../support/graphs.ts";

const GRAPH = Graph.from([
  task("a", [], ["x"]),
  task("mid", ["a"], []),
  task("c", ["mid"], ["x", "y"]),
  task("lone", [], ["y"]),
]);

function select(selection: Selection, graph = GRAPH): Record<string, readonly string[]> {
  const { tasks } = selectTasks(graph, selection);
  return Object.fromEntries(tasks.map(({ name, after }) => [name, after]));
}

function names(selection: Selection, graph: Graph): string[] {
  return selectTasks(graph, selection).names.slice();
}

function problem(
  selection: Selection,
  kind: new (message: string) => Error,
  graph = GRAPH,
): string {
  return assertThrows(() => selectTasks(graph, selection), kind).message;
}

Deno.test("selectTasks() returns the graph itself when the selection is empty", () => {
  assertEquals(selectTasks(GRAPH, {}), GRAPH);
});

Deno.test("selectTasks() lists indirect dependencies once and in order", () => {
  const graph = Graph.from([
    task("x"),
    task("y"),
    task("mid", ["y", "x"]),
    task("other", ["x", "y"]),
    task("z", ["other", "mid", "y"]),
  ]);
  assertEquals(select({ names: ["x", "y", "z"] }, graph), { x: [], y: [], z: ["x", "y"] });
});

Deno.test("selectTasks() omits failure handlers when all their dependencies are mocked", () => {
  const failed: TaskPolicy = { when: "failed" };
  const graph = Graph.from([
    task("a", [], []),
    task("b", [], []),
    { ...task("undo", ["a", "b"], []), policy: failed },
    { ...task("undo_more", ["undo"], []), policy: failed },
    task("told", ["undo"], []),
    { ...task("lone", [], []), policy: failed },
    { ...task("clean", ["undo"], []), policy: { when: "always" } },
  ]);
  const both = { mocked: ["a", "b"] };
  assertEquals(select(both, graph), { clean: [], lone: [] });
  assertEquals(names({ mocked: ["a"] }, graph), [
    ...["b", "clean", "lone", "told", "undo", "undo_more"],
  ]);
  assertEquals(names({ ...both, skipDependents: false }, graph), ["clean", "lone", "told"]);
  assertEquals(names({ ...both, names: ["undo"] }, graph), ["undo"]);
  assertEquals(
    idleFailureNotes(graph, both),
    ["told", "undo", "undo_more"].map((name) =>
      `${name} does not run: its dependencies are mocked, so none has failed`
    ),
  );
  assertEquals(idleFailureNotes(graph, { ...both, names: ["undo"] }), []);
});

Deno.test("selectTasks() keeps indirect dependencies between the tasks with a tag", () => {
  assertEquals(select({ tags: tags("x") }), { a: [], c: ["a"] });
});

Deno.test("selectTasks() selects the tasks that match a tag expression", () => {
  assertEquals(select({ tags: tags("x,y") }), { c: [] });
  assertEquals(select({ tags: tags("not x") }), { lone: [], mid: [] });
  assertEquals(select({ tags: tags("x and not y or y and not x") }), { a: [], lone: [] });
});

Deno.test("selectTasks() removes unselected dependencies of a single task", () => {
  assertEquals(select({ names: ["c"] }), { c: [] });
});

Deno.test("selectTasks() keeps the order of tasks selected by several names and globs", () => {
  assertEquals(select({ names: ["c", "a", "c"] }), { a: [], c: ["a"] });
  assertEquals(select({ names: ["?"] }), { a: [], c: ["a"] });
  assertEquals(select({ names: ["m*", "*o*"] }), { lone: [], mid: [] });
});

Deno.test("selectTasks() prefers an exact name over a glob", () => {
  const graph = Graph.from([task("a*"), task("ab"), task("b")]);
  assertEquals(names({ names: ["a*"] }, graph), ["a*"]);
  assertEquals(names({ names: ["?*"], exclude: ["a*"] }, graph), ["ab", "b"]);
});

Deno.test("selectTasks() requires both a name and a tag when both are given", () => {
  assertEquals(select({ names: ["?", "mid"], tags: tags("y") }), { c: [] });
});

Deno.test("selectTasks() omits excluded tasks, and keeps the dependencies through them", () => {
  assertEquals(select({ exclude: ["mid", "l*"] }), { a: [], c: ["a"] });
  assertEquals(select({ names: ["c"], withDeps: true, exclude: ["mid"] }), { a: [], c: ["a"] });
});

// root -> left -> end, root -> right -> end, end -> last
const DIAMOND = Graph.from([
  task("root"),
  task("left", ["root"]),
  task("right", ["root"]),
  task("end", ["left", "right"]),
  task("last", ["end"]),
]);

Deno.test("selectTasks() adds transitive dependencies and dependents when asked to", () => {
  const left = (more: Selection) => names({ names: ["left"], ...more }, DIAMOND);
  assertEquals(left({ withDeps: true }), ["left", "root"]);
  assertEquals(left({ dependents: true }), ["end", "last", "left"]);
  assertEquals(left({ withDeps: true, dependents: true }), ["end", "last", "left", "root"]);
});

// start -> smoke, start -> load -> soak; stop after both tests, remove after stop
const SERVICE = Graph.from([
  task("start"),
  task("smoke", ["start"], ["x"]),
  task("load", ["start"]),
  task("soak", ["load"]),
  { ...task("stop", ["smoke", "soak"]), policy: { when: "always" } },
  { ...task("remove", ["stop"]), policy: { when: "always" } },
  { ...task("undo", ["smoke"]), policy: { when: "failed" } },
  task("other"),
  { ...task("other_stop", ["other"]), policy: { when: "always" } },
]);

Deno.test("selectTasks() adds tasks that always run when withDeps is set", () => {
  assertEquals(select({ tags: tags("x"), withDeps: true }, SERVICE), {
    remove: ["stop"],
    smoke: ["start"],
    start: [],
    stop: ["smoke", "start"],
  });
  assertEquals(names({ tags: tags("x") }, SERVICE), ["smoke"]);
});

Deno.test("selectTasks() adds tasks that always run through indirect dependencies", () => {
  const start = (more: Selection) => names({ names: ["start"], withDeps: true, ...more }, SERVICE);
  assertEquals(start({}), ["remove", "start", "stop"]);
  assertEquals(start({ exclude: ["load", "smoke"] }), ["remove", "start", "stop"]);
});

Deno.test("selectTasks() adds no task that always runs when none of its dependencies runs", () => {
  const more = (selection: Selection) => names({ withDeps: true, ...selection }, SERVICE);
  assertEquals(more({ names: ["other", "smoke"], exclude: ["other"] }), [
    ...["remove", "smoke", "start", "stop"],
  ]);
  assertEquals(more({ names: ["other", "smoke"], mocked: ["other"] }), [
    ...["remove", "smoke", "start", "stop"],
  ]);
  assertEquals(more({ names: ["start"], mocked: ["smoke", "soak"] }), ["start"]);
  assertEquals(more({ names: ["smoke"], exclude: ["remove"] }), ["smoke", "start", "stop"]);
  const failed = Graph.from([
    task("a", [], ["x"]),
    { ...task("undo", ["a"], ["x"]), policy: { when: "failed" } },
    { ...task("clean", ["undo"]), policy: { when: "always" } },
    task("b", [], ["x"]),
  ]);
  assertEquals(names({ tags: tags("x"), withDeps: true, mocked: ["a"] }, failed), ["b"]);
});

Deno.test("unselectedDependencies() returns the dependencies that --with-deps would add", () => {
  const missing = (selection: Selection, graph = DIAMOND) =>
    unselectedDependencies(graph, selectTasks(graph, selection), selection).map(({ name }) => name);
  assertEquals(missing({ names: ["end"] }), ["left", "right"]);
  assertEquals(missing({ names: ["end", "left"] }), ["right", "root"]);
  assertEquals(missing({ names: ["end"], mocked: ["left"], exclude: ["r*"] }), []);
  assertEquals(missing({ names: ["end"], withDeps: true, exclude: ["left"] }), []);
  assertEquals(missing({ exclude: ["left"] }), []);
  assertEquals(missing({ tags: tags("x") }, SERVICE), ["start"]);
});

Deno.test("unselectedDependencies() names the task of each case", () => {
  const graph = Graph.from([
    { ...task("parse.a.csv", []), caseOf: "parse" },
    task("db.load", []),
    task("report", ["parse.a.csv", "db.load"]),
  ]);
  const selection = { names: ["report"] };
  assertEquals(unselectedDependencies(graph, selectTasks(graph, selection), selection), [
    { name: "db.load" },
    { name: "parse.a.csv", caseOf: "parse" },
  ]);
});

Deno.test("selectTasks() omits the dependencies that only a mocked task needs", () => {
  const end = (mocked: string[]) => names({ names: ["end"], withDeps: true, mocked }, DIAMOND);
  assertEquals(end(["left"]), ["end", "right", "root"]);
  assertEquals(end(["left", "right"]), ["end"]);
});

Deno.test("selectTasks() does not follow the dependencies of a mocked task to dependents", () => {
  const follow = (name: string, mocked: string[]) =>
    names({ names: [name], dependents: true, mocked }, DIAMOND);
  assertEquals(follow("root", ["left"]), ["end", "last", "right", "root"]);
  assertEquals(follow("root", ["left", "right"]), ["root"]);
  assertEquals(follow("end", ["end"]), ["last"]);
});

Deno.test("selectTasks() removes a mocked task and the order through it", () => {
  assertEquals(select({ mocked: ["mid"] }), { a: [], c: [], lone: [] });
  assertEquals(select({ names: ["c"], mocked: ["mid"] }), { c: [] });
});

Deno.test("selectTasks() throws an error with the nearest name when a task is unknown", () => {
  const wrong: [Selection, string][] = [
    [{ names: ["mdi"] }, 'Cannot run "mdi": the module has no such task; did you mean "mid"?'],
    [{ names: ["MID"] }, 'Cannot run "MID": the module has no such task; did you mean "mid"?'],
    [{ names: ["c", "elsewhere"] }, 'Cannot run "elsewhere": the module has no such task'],
    [{ names: ["x*"] }, 'Cannot run "x*": no task of the module matches'],
    [{ mocked: ["lune"] }, 'Cannot mock "lune": the module has no such task; did you mean "lone"?'],
    [
      { exclude: ["lune"] },
      'Cannot exclude "lune": the module has no such task; did you mean "lone"?',
    ],
    [{ exclude: ["??"] }, 'Cannot exclude "??": no task of the module matches'],
  ];
  for (const [selection, message] of wrong) assertEquals(problem(selection, UsageError), message);
});

Deno.test("selectTasks() selects all cases when the name of their task is given", () => {
  const cases = ["os.bsd", "os.linux", "os.mac", "os.win"];
  const graph = Graph.from([
    ...cases.map((it) => ({ ...task(it), caseOf: "os" })),
    ...["os.mac.old", "oslo"].map((it) => task(it)),
  ]);
  assertEquals(names({ names: ["os"] }, graph), cases);
  assertEquals(names({ names: ["os", "os.mac", "oslo"] }, graph), [...cases, "oslo"]);
  assertEquals(names({ exclude: ["os"] }, graph), ["os.mac.old", "oslo"]);
  assertEquals(names({ names: ["os.mac"] }, graph), ["os.mac"]);
  const errorFor = (selection: Selection) => problem(selection, UsageError, graph);
  assertEquals(
    errorFor({ mocked: ["os"] }),
    'Cannot mock "os": the module has no such task, but there are its cases "os.bsd", "os.linux", ' +
      '"os.mac" and 1 more',
  );
  assertEquals(
    errorFor({ names: ["os."] }),
    'Cannot run "os.": the module has no such task; did you mean "os"?',
  );
});

Deno.test("selectTasks() throws an error with the reason when no task is selected", () => {
  const reasons: [Selection, string][] = [
    [{ tags: tags("z") }, 'no task has the tag "z"; the tags are "x", "y"'],
    [
      { tags: tags("!x") },
      'no task has the tag "!x"; the tags are "x", "y"; did you mean "not x"?',
    ],
    [{ tags: tags("y,z") }, 'no task has all the tags "y", "z"; the tags are "x", "y"'],
    [
      { tags: tags("z or not (x or y or not x)") },
      'no task matches the tags "z or not (x or y or not x)"; the tags are "x", "y"',
    ],
    [{ names: ["mid"], tags: tags("x") }, '"mid" does not have the tag "x"'],
    [{ names: ["mid"], tags: tags("x or y") }, '"mid" does not match the tags "x or y"'],
    [{ names: ["m*", "a"], tags: tags("y") }, 'none of the tasks "m*", "a" has the tag "y"'],
    [{ mocked: ["a", "mid", "c", "lone"] }, "every task is mocked"],
    [{ names: ["mid"], mocked: ["mid"] }, '"mid" is mocked'],
    [{ names: ["mid"], exclude: ["m*"] }, '"mid" is excluded'],
    [{ names: ["?"], exclude: ["a"], mocked: ["c"] }, 'every task of "?" is mocked or excluded'],
    [{ exclude: ["*"] }, "every task is excluded"],
    [{ tags: tags("y"), mocked: ["c", "lone"] }, 'every task that has the tag "y" is mocked'],
    [{ names: ["a"], withDeps: true, exclude: ["*"] }, "every selected task is excluded"],
    [{ names: ["a"], dependents: true, exclude: ["*"] }, "every selected task is excluded"],
    [{ names: ["c"], mocked: ["c"], withDeps: true }, "every selected task is mocked"],
    [{ names: ["c"], mocked: ["a"], exclude: ["c"] }, '"c" is excluded'],
    [{ tags: tags("zx") }, 'no task has the tag "zx"; the tags are "x", "y"'],
    [{ tags: tags("!z") }, 'no task has the tag "!z"; the tags are "x", "y"'],
    [{ names: ["mi?"], tags: tags("x") }, 'none of the tasks "mi?" has the tag "x"'],
    [{ names: ["mid", "a"], tags: tags("y") }, 'none of the tasks "mid", "a" has the tag "y"'],
    [
      { tags: tags("z, not x") },
      'no task matches the tags "z, not x"; the tags are "x", "y"',
    ],
  ];
  for (const [selection, reason] of reasons) {
    assertEquals(problem(selection, NothingToRunError), `Nothing to run: ${reason}`);
  }
  assertEquals(
    assertThrows(() => select({ tags: tags("x") }, Graph.from([task("a")])), NothingToRunError)
      .message,
    'Nothing to run: no task has the tag "x"; no task has a tag',
  );
  assertEquals(
    assertThrows(() => select({}, Graph.from([])), NothingToRunError).message,
    "Nothing to run: there are no tasks",
  );
});

Deno.test("unknownTagNotes() names unknown tags and suggests similar ones", () => {
  assertEquals(unknownTagNotes(GRAPH, tags("x and not (slow or y)")), [
    'no task has the tag "slow"',
  ]);
  const graph = Graph.from([task("a", [], ["slow"])]);
  assertEquals(unknownTagNotes(graph, tags("not slwo")), [
    'no task has the tag "slwo"; did you mean "slow"?',
  ]);
  assertEquals(unknownTagNotes(graph, tags("-slow or a")), [
    ...['no task has the tag "-slow"; did you mean "not slow"?', 'no task has the tag "a"'],
  ]);
  assertEquals(unknownTagNotes(GRAPH, tags("x,y")), []);
});

Deno.test("selectTasks() suggests a task with cases when its name is misspelled", () => {
  const graph = Graph.from(["a", "b"].map((key) => ({
    ...{ name: `check.${key}`, caseOf: "check", after: [], tags: [], withState: true },
  })));
  assertThrows(
    () => selectTasks(graph, { names: ["chek"] }),
    UsageError,
    'Cannot run "chek": the module has no such task; did you mean "check"?',
  );
});
