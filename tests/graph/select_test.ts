/** Which tasks a run is about, and in which order they stay. */
import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { NothingToRunError, UsageError } from "../../src/base/errors.ts";
import { Graph } from "../../src/graph/graph.ts";
import { type Selection, selectTasks } from "../../src/graph/select.ts";
import { task } from "../support/graphs.ts";
import { randomDag } from "../support/random_dag.ts";

const GRAPH = Graph.from([
  task("a", [], ["x"]),
  task("mid", ["a"], []),
  task("c", ["mid"], ["x", "y"]),
  task("lone", [], ["y"]),
]);

function select(selection: Selection): Record<string, readonly string[]> {
  const { tasks } = selectTasks(GRAPH, selection);
  return Object.fromEntries(tasks.map(({ name, after }) => [name, after]));
}

function problem(selection: Selection, kind: new (message: string) => Error): string {
  return assertThrows(() => select(selection), kind).message;
}

Deno.test("selectTasks: without a wish, the graph itself", () => {
  assertEquals(selectTasks(GRAPH, {}), GRAPH);
});

Deno.test("selectTasks: tags keep the order through tasks left out", () => {
  assertEquals(select({ tags: ["x"] }), { a: [], c: ["a"] });
});

Deno.test("selectTasks: a task has all of the tags", () => {
  assertEquals(select({ tags: ["x", "y"] }), { c: [] });
});

Deno.test("selectTasks: any two tasks wanted by tag are ordered as they were", () => {
  fc.assert(fc.property(randomDag(20), fc.infiniteStream(fc.boolean()), (dag, tagged) => {
    const specs = dag.specs.map((it) => ({ ...it, tags: tagged.next().value ? ["w"] : [] }));
    const wanted = specs.filter(({ tags }) => tags.length > 0).map(({ name }) => name);
    fc.pre(wanted.length > 0);
    const before = closure(Graph.from(specs));
    const selected = selectTasks(Graph.from(specs), { tags: ["w"] });
    assertEquals(selected.tasks.map(({ name }) => name), wanted.toSorted());
    const after = closure(selected);
    for (const name of wanted) {
      const expected = wanted.filter((other) => before.get(name)!.has(other));
      assertEquals([...after.get(name)!].sort(), expected.sort());
    }
  }));
});

/** For each task all it comes after, through others too. */
function closure({ tasks }: Graph): Map<string, Set<string>> {
  const afterOf = new Map(tasks.map(({ name, after }) => [name, after]));
  const closed = new Map<string, Set<string>>();
  const close = (name: string): Set<string> => {
    const known = closed.get(name);
    if (known) return known;
    const all = new Set(afterOf.get(name)!.flatMap((other) => [other, ...close(other)]));
    closed.set(name, all);
    return all;
  };
  for (const { name } of tasks) close(name);
  return closed;
}

Deno.test("selectTasks: one task alone has no dependencies", () => {
  assertEquals(select({ only: "c" }), { c: [] });
});

Deno.test("selectTasks: a mocked task is not run and orders nothing", () => {
  assertEquals(select({ mocked: ["mid"] }), { a: [], c: [], lone: [] });
  assertEquals(select({ only: "c", mocked: ["mid"] }), { c: [] });
});

Deno.test("selectTasks: a name that is no task is an error with the nearest name", () => {
  assertEquals(
    problem({ only: "mdi" }, UsageError),
    'Cannot run "mdi": the module has no such task; did you mean "mid"?',
  );
  assertEquals(
    problem({ mocked: ["lune"] }, UsageError),
    'Cannot mock "lune": the module has no such task; did you mean "lone"?',
  );
  assertEquals(
    problem({ only: "elsewhere" }, UsageError),
    'Cannot run "elsewhere": the module has no such task',
  );
});

Deno.test("selectTasks: where nothing is left, the message says why and is true", () => {
  assertEquals(
    problem({ tags: ["z"] }, NothingToRunError),
    'Nothing to run: no task has the tag "z"; the tags are "x", "y"',
  );
  assertEquals(
    problem({ tags: ["y", "z"] }, NothingToRunError),
    'Nothing to run: no task has all the tags "y", "z"; the tags are "x", "y"',
  );
  assertEquals(
    problem({ mocked: ["a", "mid", "c", "lone"] }, NothingToRunError),
    "Nothing to run: every task is mocked",
  );
  assertEquals(
    problem({ only: "mid", tags: ["x"] }, NothingToRunError),
    'Nothing to run: "mid" does not have the tag "x"',
  );
  assertEquals(
    problem({ only: "mid", mocked: ["mid"] }, NothingToRunError),
    'Nothing to run: "mid" is mocked',
  );
  assertEquals(
    problem({ tags: ["y"], mocked: ["c", "lone"] }, NothingToRunError),
    'Nothing to run: every task with the tag "y" is mocked',
  );
  const untagged = Graph.from([task("a")]);
  assertEquals(
    assertThrows(() => selectTasks(untagged, { tags: ["x"] }), NothingToRunError).message,
    'Nothing to run: no task has the tag "x"; no task has a tag',
  );
  assertEquals(
    assertThrows(() => selectTasks(Graph.from([]), {}), NothingToRunError).message,
    "Nothing to run: there are no tasks",
  );
});
