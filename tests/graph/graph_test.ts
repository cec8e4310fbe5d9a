/** Tests of Graph: its ids, its edges and its errors. */
import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import fc from "fast-check";
import { Graph, GraphError } from "../../src/graph/graph.ts";
import { chainOf, graphOf, task } from "../support/graphs.ts";
import { randomDag } from "../support/random_dag.ts";

const cycles: Record<string, [tasks: Record<string, string[]>, path: string]> = {
  "of one task": [{ a: ["a"] }, '"a" -> "a"'],
  "of two tasks": [{ a: ["b"], b: ["a"] }, '"a" -> "b" -> "a"'],
  "in the order of execution": [{ a: ["c"], b: ["a"], c: ["b"] }, '"a" -> "b" -> "c" -> "a"'],
  "without the tasks before and after it": [
    { a: [], b: ["a", "d"], c: ["b"], d: ["c"], e: ["d"] },
    '"b" -> "c" -> "d" -> "b"',
  ],
};
for (const [kind, [tasks, path]] of Object.entries(cycles)) {
  Deno.test(`Graph.from() names the path of a cycle ${kind}`, () => {
    const message = `Cannot order tasks: ${path} is a cycle`;
    assertEquals(assertThrows(() => graphOf(tasks), GraphError).message, message);
  });
}

Deno.test("Graph.from() finds any cycle, and names a path that is one", () => {
  fc.assert(fc.property(randomDag(20), fc.nat(), fc.nat(), (dag, x, y) => {
    fc.pre(dag.specs.length > 0);
    const from = dag.specs[x % dag.specs.length]!;
    const to = dag.specs[y % dag.specs.length]!;
    const specs = dag.specs.map((it) =>
      it === from ? { ...it, after: [...it.after, to.name] } : it
    );
    const after = new Map(specs.map((it) => [it.name, it.after]));
    if (!reaches(to.name, from.name, after)) return void Graph.from(specs);
    const { message } = assertThrows(() => Graph.from(specs), GraphError);
    const path = [...message.matchAll(/"(\w+)"/g)].map(([, name]) => name!);
    assertEquals(path[0], path.at(-1));
    assertEquals(new Set(path).size, path.length - 1);
    for (const [i, name] of path.slice(1).entries()) {
      assertEquals(after.get(name)!.includes(path[i]!), true, `${name} after ${path[i]}`);
    }
  }));
});

function reaches(from: string, to: string, after: Map<string, readonly string[]>): boolean {
  return from === to || after.get(from)!.some((next) => reaches(next, to, after));
}

Deno.test("Graph.from() finds a cycle in a chain of 100,000 tasks without recursion", () => {
  const specs = chainOf(100_000).tasks.map((it, i) => i === 0 ? { ...it, after: ["t099999"] } : it);
  assertMatch(assertThrows(() => Graph.from(specs), GraphError).message, / is a cycle$/);
});

Deno.test("Graph.from() throws an error with the nearest name when a dependency is unknown", () => {
  const far = assertThrows(() => graphOf({ a: ["zzzzzz"] }), GraphError);
  assertEquals(
    far.message,
    'Cannot order tasks: "a" depends on "zzzzzz", which is not a task',
  );
  const near = assertThrows(() => graphOf({ load: [], b: ["laod"] }), GraphError);
  assertEquals(
    near.message,
    'Cannot order tasks: "b" depends on "laod", which is not a task; did you mean "load"?',
  );
});

Deno.test("Graph.from() throws an error when two tasks have the same name", () => {
  const { message } = assertThrows(() => Graph.from([task("a"), task("a")]), GraphError);
  assertEquals(message, 'Cannot order tasks: "a" is registered twice');
});

Deno.test("Graph.from() orders ids by name, and stores each edge in both directions", () => {
  fc.assert(fc.property(randomDag(), (dag) => {
    const graph = Graph.from(dag.specs);
    assertEquals(graph.tasks.map(({ name }) => name), dag.specs.map(({ name }) => name).sort());
    let edges = 0;
    for (const { name, after } of dag.specs) {
      const id = graph.idOf(name)!;
      const dependencies = [...graph.dependenciesOf(id)];
      edges += dependencies.length;
      assertEquals(
        dependencies.map((other) => graph.tasks[other]!.name).sort(),
        [...new Set(after)].sort(),
      );
      for (const other of dependencies) {
        assertEquals([...graph.dependentsOf(other)].filter((it) => it === id), [id]);
      }
      const dependents = [...graph.dependentsOf(id)];
      assertEquals(dependents, dependents.toSorted((a, b) => a - b));
    }
    assertEquals(graph.edgeCount, edges);
  }));
});

Deno.test("Graph.from() accepts the names of built-in properties", () => {
  const graph = Graph.from([task("__proto__"), task("constructor", ["__proto__"])]);
  assertEquals(graph.tasks.map(({ name }) => name), ["__proto__", "constructor"]);
  assertEquals([...graph.dependenciesOf(1)], [0]);
  assertEquals(graph.idOf("toString"), undefined);
});
