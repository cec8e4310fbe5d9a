/** Tests of the plan of a rerun: tasks to run and results to reuse. */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { Graph } from "../../src/graph/graph.ts";
import { selectTasks } from "../../src/graph/select.ts";
import { planRerun, type RerunPlan } from "../../src/journal/plan_rerun.ts";
import type { When } from "../../src/task/policy.ts";
import { graphOf, layered, task } from "../support/graphs.ts";
import { pretend, type PretendedRun, readText } from "../support/journalled.ts";
import { randomDag } from "../support/random_dag.ts";

type Rows = Readonly<Record<string, readonly string[]>>;

interface Now {
  readonly graph: Graph;
  readonly all?: Graph;
  readonly mocks?: ReadonlyMap<string, unknown>;
  readonly cases?: ReadonlyMap<string, string | null>;
  readonly skipDependents?: boolean;
}

/** Each task's result is its own name. */
function passing(...failing: string[]): PretendedRun["call"] {
  return (name) => failing.includes(name) ? undefined : { result: name };
}

function plan(then: Omit<PretendedRun, "call"> & { failing?: string[] }, now: Now): RerunPlan {
  const { failing = [], ...run } = then;
  const journal = readText(pretend({ ...run, call: passing(...failing) }))!;
  const { graph, all = graph, mocks = new Map(), cases = new Map(), skipDependents = true } = now;
  return planRerun({ graph, all, mocks, cases, skipDependents }, journal);
}

function assertPlan(actual: RerunPlan, expected: Partial<Record<keyof RerunPlan, string>>): void {
  const words = (list: Iterable<string>) => [...list].join(" ");
  const { reused, wrote, ...others } = actual;
  const lists = { ...others, reused: reused.keys(), wrote: wrote.keys() };
  const texts = Object.entries(lists).flatMap(([key, list]) => {
    const text = words(list);
    return text === "" ? [] : [[key, text]];
  });
  assertEquals(Object.fromEntries(texts), expected);
}

const LINE: Rows = { a: [], b: ["a"], c: ["b"], other: [] };

Deno.test("planRerun() reruns failed and skipped tasks, and reuses the other results", () => {
  const graph = graphOf(LINE);
  const made = plan({ graph, failing: ["b"] }, { graph });
  assertPlan(made, { rerun: "b c", reused: "a other" });
  assertEquals(made.reused.get("a"), "a");
});

Deno.test("planRerun() reruns nothing when all tasks passed", () => {
  const graph = graphOf(LINE);
  assertPlan(plan({ graph }, { graph }), { reused: "a b c other" });
});

Deno.test("planRerun() reruns passed dependents of a failed task", () => {
  const graph = graphOf(LINE);
  const made = plan({ graph, failing: ["a"], skipDependents: false }, {
    graph,
    skipDependents: false,
  });
  assertPlan(made, { rerun: "a b c", reused: "other" });
});

Deno.test("planRerun() runs new tasks", () => {
  const made = plan({ graph: graphOf(LINE) }, { graph: graphOf({ ...LINE, d: ["c"], e: [] }) });
  assertPlan(made, { rerun: "d e", reused: "a b c other" });
});

Deno.test("planRerun() lists tasks that have been removed", () => {
  const made = plan({ graph: graphOf(LINE) }, { graph: graphOf({ a: [], b: ["a"], c: ["b"] }) });
  assertPlan(made, { reused: "a b c", removed: "other" });
});

Deno.test("planRerun() reruns a task with a new dependency, and its dependents", () => {
  const graph = graphOf({ ...LINE, b: ["a", "other"] });
  const made = plan({ graph: graphOf(LINE) }, { graph });
  assertPlan(made, { rerun: "b c", reused: "a other", rewired: "b" });
});

Deno.test("planRerun() reruns a task with another dependency, and its dependents", () => {
  const made = plan({ graph: graphOf(LINE) }, { graph: graphOf({ ...LINE, b: ["other"] }) });
  assertPlan(made, { rerun: "b c", reused: "a other", rewired: "b" });
});

Deno.test("planRerun() ignores the order of dependencies", () => {
  const graph = graphOf({ a: [], b: [], c: ["b", "a"] });
  const made = plan({ graph: graphOf({ a: [], b: [], c: ["a", "b"] }) }, { graph });
  assertPlan(made, { reused: "a b c" });
});

Deno.test("planRerun() reruns a task with an omitted result when any other task reruns", () => {
  const graph = graphOf(LINE);
  const made = (...failing: string[]) => {
    const text = pretend({
      graph,
      call: (name) =>
        failing.includes(name) ? undefined : { result: name === "b" ? "x".repeat(2 ** 20) : name },
    });
    const wanted = { graph, all: graph, mocks: new Map(), cases: new Map(), skipDependents: true };
    return planRerun(wanted, readText(text)!);
  };
  assertPlan(made("other"), { rerun: "b c other", reused: "a", omitted: "b" });
  assertPlan(made(), { reused: "a c other", omitted: "b" });
});

Deno.test("planRerun() reruns dependents when a mocked result is new, changed or removed", () => {
  const all = graphOf(LINE);
  const without = (name: string) => selectTasks(all, { mocked: [name] });
  const one = new Map<string, unknown>([["b", 1]]);
  const two = new Map<string, unknown>([["b", 2]]);
  const givenNow = plan({ graph: all, failing: ["b"] }, { all, graph: without("b"), mocks: one });
  assertPlan(givenNow, { rerun: "c", reused: "a other" });
  const then = { graph: without("b"), mocks: one };
  assertPlan(plan(then, { all, graph: without("b"), mocks: one }), { reused: "a c other" });
  const otherwise = plan(then, { all, graph: without("b"), mocks: two });
  assertPlan(otherwise, { rerun: "c", reused: "a other" });
  assertPlan(plan(then, { all, graph: all }), { rerun: "b c", reused: "a other" });
});

Deno.test("planRerun() reruns a dependent of a changed mock behind an excluded task", () => {
  const all = graphOf({ a: [], mid: ["a"], c: ["mid"] });
  const graph = selectTasks(all, { mocked: ["a"], exclude: ["mid"] });
  const then = { graph, mocks: new Map([["a", 1]]) };
  assertPlan(plan(then, { all, graph, mocks: new Map([["a", 2]]) }), { rerun: "c" });
});

Deno.test("planRerun() finds a changed mock behind 100 excluded layers quickly", () => {
  const all = layered(100, 2);
  const first = all.names[0]!;
  const last = all.names.slice(-2);
  const graph = selectTasks(all, { names: last, mocked: [first] });
  const then = { graph, mocks: new Map([[first, 1]]) };
  assertPlan(plan(then, { all, graph, mocks: new Map([[first, 2]]) }), { rerun: last.join(" ") });
});

Deno.test("planRerun() reruns a dependent of an earlier mock that is missing or changed", () => {
  const all = graphOf({ a: [], c: ["a"], gone: [] });
  const given = new Map([["a", 1], ["gone", 1]]);
  const then = { graph: selectTasks(all, { mocked: [...given.keys()] }), mocks: given };
  const now = graphOf({ a: [], c: ["a"] });
  const graph = selectTasks(now, { exclude: ["a"] });
  assertPlan(plan(then, { all: now, graph }), { rerun: "c" });
  const mocks = new Map([["a", 2]]); // what is given besides for a task that is gone is no matter
  const otherwise = { all: now, graph: selectTasks(now, { mocked: ["a"] }), mocks };
  assertPlan(plan(then, otherwise), { rerun: "c" });
});

Deno.test("planRerun() reuses a result behind an unchanged mock of a changed one", () => {
  const all = graphOf({ a: [], b: ["a"], c: ["b"] });
  const graph = selectTasks(all, { mocked: ["a", "b"] });
  const then = { graph, mocks: new Map([["a", 1], ["b", 1]]) };
  assertPlan(plan(then, { all, graph, mocks: new Map([["a", 2], ["b", 1]]) }), { reused: "c" });
});

function conditional(when: When, after: string[]): Graph {
  return Graph.from([
    task("a"),
    task("b"),
    { ...task("clean", after), policy: { when } },
    task("z", ["clean"]),
  ]);
}

Deno.test("planRerun() does not run a failure handler when no task fails", () => {
  const graph = conditional("failed", ["a", "b"]);
  // The run as it was: "clean" and its dependents were skipped.
  const running = graphOf({ a: [], b: [] });
  assertPlan(plan({ graph, running }, { graph }), { reused: "a b", idle: "clean z" });
  const failed = plan({ graph, running, failing: ["b"] }, { graph });
  assertPlan(failed, { rerun: "b clean z", reused: "a" });
  const loose = { graph, skipDependents: false };
  assertPlan(plan({ graph, running }, loose), { rerun: "z", reused: "a b", idle: "clean" });
});

Deno.test("planRerun() reruns a task that always runs when its dependency reruns", () => {
  const graph = conditional("always", ["a"]);
  assertPlan(plan({ graph, failing: ["b"] }, { graph }), { rerun: "b", reused: "a clean z" });
  assertPlan(plan({ graph, failing: ["a"] }, { graph }), { rerun: "a clean z", reused: "b" });
  assertPlan(plan({ graph, failing: ["clean"] }, { graph }), { rerun: "clean z", reused: "a b" });
});

Deno.test("planRerun() reruns a failure handler that has no dependencies", () => {
  const graph = conditional("failed", []);
  assertPlan(plan({ graph, failing: ["clean"] }, { graph }), { rerun: "clean z", reused: "a b" });
});

Deno.test("planRerun() reruns a task behind an idle one when it has another reason to run", () => {
  const behind = (when: When, after: string[]) =>
    Graph.from([
      ...conditional("failed", ["a"]).tasks,
      { ...task("last", after), policy: { when } },
    ]);
  const failing = ["b", "last"];
  const running = graphOf({ a: [], b: [], last: [] });
  const always = behind("always", ["clean"]);
  const made = plan({ graph: always, running, failing: ["last"] }, { graph: always });
  assertPlan(made, { rerun: "last", reused: "a b", idle: "clean z" });
  const failed = behind("failed", ["b", "clean"]);
  assertPlan(plan({ graph: failed, running, failing }, { graph: failed }), {
    rerun: "b last",
    reused: "a",
    idle: "clean z",
  });
});

Deno.test("planRerun() handles a chain of 100,000 tasks", () => {
  const count = 100_000;
  const graph = Graph.from(
    Array.from({ length: count }, (_, i) => task(`t${i}`, i === 0 ? [] : [`t${i - 1}`])),
  );
  const made = plan({ graph, failing: [`t${count / 2}`] }, { graph });
  assertEquals([made.rerun.length, made.reused.size], [count / 2, count / 2]);
});

/** A run of the property below. */
interface Attempt {
  readonly isKilledAt: number;
  readonly failing: readonly number[];
  readonly mocked: readonly number[];
  readonly mockValue: number;
}

const attempts = fc.array(
  fc.record({
    /** The part of the journal that a kill leaves, in thousandths; all of it in most runs. */
    isKilledAt: fc.oneof(fc.nat(1000), fc.constant(1000)),
    failing: fc.array(fc.nat(1_000_000), { maxLength: 3 }),
    mocked: fc.array(fc.nat(1_000_000), { maxLength: 2 }),
    mockValue: fc.nat(1),
  }),
  { maxLength: 6 },
);

/** Reruns a module. Every result is a unique number, which identifies how it was computed. */
class Module {
  readonly all: Graph;
  readonly skipDependents: boolean;
  /** The inputs of each result: the results of the dependencies of its task. */
  readonly madeOf = new Map<unknown, readonly unknown[]>();
  /** Whole journals, the last first. */
  readonly journals: string[] = [];
  #lastResult = 1000;

  constructor(all: Graph, skipDependents: boolean) {
    this.all = all;
    this.skipDependents = skipDependents;
  }

  /** Runs the planned tasks. Returns all results. */
  run({ failing, mocked, mockValue, isKilledAt }: Attempt): ReadonlyMap<string, unknown> {
    const nameAt = (place: number) => this.all.names[place % this.all.size]!;
    const mocks = new Map<string, unknown>(mocked.map((it) => [nameAt(it), mockValue]));
    if (mocks.size === this.all.size) return new Map();
    const graph = selectTasks(this.all, { mocked: [...mocks.keys()] });
    const plan = this.#plan(graph, mocks);
    const reused = plan?.reused ?? new Map<string, unknown>();
    const results = new Map([...mocks, ...reused]);
    if (reused.size === graph.size) return results;
    const failingNames = failing.map(nameAt);
    const text = pretend({
      graph,
      mocks,
      reused,
      skipDependents: this.skipDependents,
      running: selectTasks(graph, { mocked: [...reused.keys()] }),
      call: (name) => {
        assert(!reused.has(name), `${name} was taken over, and ran`);
        if (failingNames.includes(name)) return undefined;
        const result = ++this.#lastResult;
        this.madeOf.set(result, this.dependenciesOf(name).map((other) => results.get(other)));
        results.set(name, result);
        return { result };
      },
    });
    const isWhole = isKilledAt === 1000;
    this.#keep(isWhole ? text : text.slice(0, Math.floor(text.length * isKilledAt / 1000)));
    return results;
  }

  dependenciesOf(name: string): string[] {
    const { all } = this;
    return Array.from(all.dependenciesOf(all.idOf(name)!), (id) => all.names[id]!);
  }

  /** As the folder does it: a journal that has not begun does not count. */
  #keep(journal: string): void {
    if (readText(journal)) this.journals.unshift(journal);
  }

  #plan(graph: Graph, mocks: ReadonlyMap<string, unknown>): RerunPlan | undefined {
    const [last] = this.journals;
    if (last === undefined) return undefined;
    const journal = readText(last)!;
    const { all, skipDependents } = this;
    const plan = planRerun({ graph, all, mocks, cases: new Map(), skipDependents }, journal);
    assertEquals([plan.removed, plan.rewired, plan.idle, plan.omitted], [[], [], [], []]);
    this.#assertNeeded(plan, journal, mocks);
    return plan;
  }

  /** A passed task is rerun only if a dependency is rerun, or is mocked with another value. */
  #assertNeeded(
    { rerun }: RerunPlan,
    { head, tasks }: NonNullable<ReturnType<typeof readText>>,
    mocks: ReadonlyMap<string, unknown>,
  ): void {
    const runs = new Set(rerun);
    const given = new Map(head.given);
    for (const [place, name] of head.names.entries()) {
      if (tasks[place]?.status !== "passed" || !runs.has(name)) continue;
      const why = this.dependenciesOf(name).some((other) =>
        runs.has(other) || mocks.get(other) !== given.get(other)
      );
      assert(why, `${name} had passed, and nothing before it runs`);
    }
  }
}

Deno.test("planRerun() gives consistent results after any sequence of failures and kills", () => {
  fc.assert(
    fc.property(randomDag(20), attempts, fc.boolean(), ({ specs }, attempts, skipDependents) => {
      fc.pre(specs.length > 0);
      const module = new Module(Graph.from(specs), skipDependents);
      for (const attempt of attempts) module.run(attempt);
      const last = { isKilledAt: 1000, failing: [], mockValue: 0 };
      const mocked = attempts[0]?.mocked ?? [];
      const results = module.run({ ...last, mocked });
      for (const [name, result] of results) {
        const madeOf = module.madeOf.get(result);
        if (madeOf === undefined) continue; // it was given
        assertEquals(madeOf, module.dependenciesOf(name).map((other) => results.get(other)));
      }
      const isAllGiven = new Set(mocked.map((it) => it % specs.length)).size === specs.length;
      assertEquals(results.size, isAllGiven ? 0 : specs.length); // then there is nothing to run
      // And then there is nothing left to do.
      const before = module.journals.length;
      assertEquals(module.run({ ...last, mocked }), results);
      assertEquals(module.journals.length, before);
    }),
    { numRuns: 1000 },
  );
});

Deno.test("planRerun() reruns a case and its dependents when its value may have changed", () => {
  const graph = graphOf({
    "p.0": [],
    "p.1": [],
    "p.2": [],
    "p.3": [],
    sum: ["p.1"],
    other: ["p.0"],
  });
  const then = new Map([["p.0", "same"], ["p.1", "old"], ["p.2", null]]);
  const now = new Map([["p.0", "same"], ["p.1", "new"], ["p.2", null], ["p.3", "new"]]);
  assertPlan(plan({ graph, cases: then }, { graph, cases: now }), {
    rerun: "p.1 p.2 p.3 sum",
    reused: "other p.0",
    revalued: "p.1 p.2 p.3",
  });
  assertPlan(plan({ graph, cases: then }, { graph }), {
    rerun: "other p.0 p.1 p.2 sum",
    reused: "p.3",
    revalued: "p.0 p.1 p.2",
  });
});
