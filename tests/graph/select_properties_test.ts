/** Property tests of selectTasks() against a model, and its speed on large graphs. */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { NothingToRunError } from "../../src/base/errors.ts";
import { Graph } from "../../src/graph/graph.ts";
import { type Selection, selectTasks } from "../../src/graph/select.ts";
import { parseTagExpression } from "../../src/graph/tag_expression.ts";
import type { TaskSpec } from "../../src/task/task.ts";
import { layered, task } from "../support/graphs.ts";
import { randomDag } from "../support/random_dag.ts";

/** Any of these names; of all of them a random part. */
function some(names: readonly string[], max = names.length): fc.Arbitrary<string[]> {
  return fc.subarray([...names], { maxLength: Math.min(max, names.length) });
}

const problems = randomDag(14).filter(({ specs }) => specs.length > 0).chain(({ specs }) => {
  const names = specs.map(({ name }) => name);
  const selection: fc.Arbitrary<Required<Selection>> = fc.record({
    names: some(names, 3),
    tags: fc.constantFrom(undefined, parseTagExpression("w"), parseTagExpression("not w")),
    mocked: some(names, 4),
    exclude: some(names, 3),
    withDeps: fc.boolean(),
    skipDependents: fc.boolean(),
    dependents: fc.boolean(),
  });
  const tagged = fc.tuple(some(names), some(names)).map(([chosen, cleaning]) =>
    specs.map((it): TaskSpec => ({
      ...it,
      tags: chosen.includes(it.name) ? ["w"] : [],
      ...(cleaning.includes(it.name) ? { policy: { when: "always" } } : {}),
    }))
  );
  return fc.record({ specs: tagged, selection });
});

/** Repeats until nothing is added: no order, no worklist, no ids. */
function model(specs: readonly TaskSpec[], selection: Required<Selection>): Set<string> {
  const { names, tags, mocked, exclude, withDeps, dependents } = selection;
  const has = (spec: TaskSpec, tag: string) => spec.tags.includes(tag);
  const seeds = specs.filter((spec) =>
    (names.length === 0 || names.includes(spec.name)) &&
    (tags === undefined || has(spec, "w") === (tags.text === "w"))
  ).map(({ name }) => name);
  const needed = new Set(seeds);
  const following = new Set(seeds);
  for (let before = -1; before < needed.size + following.size;) {
    before = needed.size + following.size;
    for (const { name, after } of specs) {
      if (mocked.includes(name)) continue;
      if (needed.has(name)) after.forEach((other) => needed.add(other));
      if (after.some((other) => following.has(other))) following.add(name);
    }
  }
  const wanted = [...seeds, ...withDeps ? needed : [], ...dependents ? following : []];
  const isIn = (name: string) => !mocked.includes(name) && !exclude.includes(name);
  const selected = new Set(wanted.filter(isIn));
  const always = specs.filter(({ policy }) => policy?.when === "always").map(({ name }) => name)
    .filter((name) => [...before(specs, name, mocked)].some((other) => selected.has(other)));
  return new Set([...selected, ...withDeps ? always.filter(isIn) : []]);
}

/** All that must have ended before a task: by going back from it, not through mocked tasks. */
function before(specs: readonly TaskSpec[], name: string, mocked: readonly string[]): Set<string> {
  const seen = new Set<string>();
  const visit = (at: string) => {
    for (const other of specs.find((it) => it.name === at)!.after) {
      if (seen.has(other) || mocked.includes(other)) continue;
      seen.add(other);
      visit(other);
    }
  };
  visit(name);
  return seen;
}

Deno.test("selectTasks() returns the tasks and dependencies of the model for any selection", () => {
  fc.assert(
    fc.property(problems, ({ specs, selection }) => {
      const expected = model(specs, selection);
      let selected: Graph;
      try {
        selected = selectTasks(Graph.from(specs), selection);
      } catch (error) {
        assert(error instanceof NothingToRunError);
        assertEquals(expected.size, 0);
        return;
      }
      assertEquals(selected.names, [...expected].sort());
      for (const name of selected.names) {
        const kept = before(selected.tasks, name, []);
        const asked = [...before(specs, name, selection.mocked)].filter((it) => expected.has(it));
        assertEquals([...kept].sort(), asked.sort());
      }
    }),
    { numRuns: 1000 },
  );
});

/** Ten times the usual time; a quadratic algorithm would take minutes, or all memory. */
const BOUND_MS = 10_000;

function selectedInTime(specs: readonly TaskSpec[], selection: Selection): Graph {
  const graph = Graph.from(specs);
  const start = performance.now();
  const selected = selectTasks(graph, selection);
  assert(performance.now() - start < BOUND_MS, "it took too long");
  return selected;
}

const KEPT = parseTagExpression("kept");

Deno.test("selectTasks() connects the first and the last of 100 layers of 1,000 tasks", () => {
  const width = 1000;
  const layers = 100;
  const name = (layer: number, i: number) => `t${layer}_${i % width}`;
  const specs = Array.from({ length: layers * width }, (_, at) => {
    const [layer, i] = [Math.floor(at / width), at % width];
    const after = layer === 0 ? [] : [name(layer - 1, i), name(layer - 1, i + 1)];
    return task(name(layer, i), after, layer === 0 || layer === layers - 1 ? ["kept"] : []);
  });
  const selected = selectedInTime(specs, { tags: KEPT });
  assertEquals(selected.size, 2 * width);
  assertEquals(selected.edgeCount, width * layers); // each depends on `layers` of the first layer
});

Deno.test("selectTasks() collects 50,000 dependencies through a chain of excluded tasks", () => {
  const many = 50_000;
  const specs = Array.from({ length: many }, (_, i) => [
    task(`w${i}`, [], ["kept"]),
    task(`l${i}`, i === 0 ? ["w0"] : [`l${i - 1}`, `w${i}`]),
  ]).flat();
  const selected = selectedInTime([...specs, task("end", [`l${many - 1}`], ["kept"])], {
    tags: KEPT,
  });
  assertEquals(selected.edgeCount, many);
});

Deno.test("selectTasks() keeps one dependency of 50,000 tasks behind a long excluded chain", () => {
  const many = 50_000;
  const specs = Array.from({ length: many }, (_, i) => [
    task(`l${i}`, [i === 0 ? "root" : `l${i - 1}`]),
    task(`w${i}`, [`l${i}`], ["kept"]),
  ]).flat();
  const selected = selectedInTime([...specs, task("root", [], ["kept"])], { tags: KEPT });
  assertEquals(selected.edgeCount, many); // each depends on the root
});

Deno.test("selectTasks() adds the dependencies and dependents in a chain of 100,000 tasks", () => {
  const many = 100_000;
  const specs = Array.from({ length: many }, (_, i) => task(`t${i}`, i === 0 ? [] : [`t${i - 1}`]));
  const last = `t${many - 1}`;
  assertEquals(selectedInTime(specs, { names: [last], withDeps: true }).size, many);
  const others = specs.filter(({ name }) => !name.startsWith("t9")).length;
  const following = { names: ["t0"], dependents: true, exclude: ["t9*"] };
  assertEquals(selectedInTime(specs, following).size, others);
});

Deno.test("selectTasks() adds dependencies and dependents over exponentially many paths", () => {
  const { tasks, names } = layered(100, 2);
  const last = names.at(-1)!;
  assertEquals(selectedInTime(tasks, { names: [last], withDeps: true }).size, 199);
  assertEquals(selectedInTime(tasks, { names: [names[0]!], dependents: true }).size, 199);
});
