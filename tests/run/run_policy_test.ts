/** The policy of a run: validation and effects. */
import { assertEquals, assertThrows } from "@std/assert";
import { effectivePolicies, ranksOfRun } from "../../src/run/plan_options.ts";
import { checkRunPolicy, type RunPolicy, type RunPolicyOptions } from "../../src/run/run_policy.ts";
import { graphOf, policyGraph } from "../support/graphs.ts";

const RETRIES = { count: 2, delayMs: 0, factor: 2, maxDelayMs: 60_000, jitter: 0 };

const cases: readonly (readonly [RunPolicyOptions, RunPolicy])[] = [
  [{}, {}],
  [{ timeout: "2s" }, { timeoutMs: 2000 }],
  [{ retries: 2 }, { retries: RETRIES }],
  [{ failFast: false }, {}],
  [{ failFast: true }, { failFast: { count: 1, mode: "no-new" } }],
  [{ failFast: 3 }, { failFast: { count: 3, mode: "no-new" } }],
  [{ failFast: {} }, { failFast: { count: 1, mode: "no-new" } }],
  [{ failFast: { count: 2, mode: "kill" } }, { failFast: { count: 2, mode: "kill" } }],
  [{ failFast: { mode: "continue" } }, {}],
  [{ deadline: 1 }, { deadlineMs: 1 }],
  [{ strict: false }, { isStrict: false }],
  [{ strict: true }, { isStrict: true }],
  [{ order: "name" }, { order: "name" }],
  [{ order: "path", durations: { a: 5 } }, { order: "path", durationsMs: { a: 5 } }],
  [{ shuffle: 0 }, { shuffleSeed: 0 }],
  [{ shuffle: 2 ** 32 - 1 }, { shuffleSeed: 2 ** 32 - 1 }],
];
for (const [options, policy] of cases) {
  Deno.test(`checkRunPolicy(${Deno.inspect(options)})`, () => {
    assertEquals(checkRunPolicy(options as Parameters<typeof checkRunPolicy>[0]), policy);
  });
}

const refused = [
  [{ failFast: 0 }, RangeError, "Cannot fail fast after 0 tasks: expected a positive integer"],
  [{ failFast: 1.5 }, RangeError, "Cannot fail fast after 1.5 tasks"],
  [{ failFast: { mode: "all" } }, TypeError, 'Cannot fail fast in mode "all": expected'],
  [{ deadline: 0 }, RangeError, "Cannot use the deadline 0"],
  [{ order: "age" }, TypeError, 'Cannot order tasks by "age"'],
  [{ shuffle: -1 }, RangeError, "Cannot shuffle by -1"],
  [{ shuffle: 0.5 }, RangeError, "Cannot shuffle by 0.5"],
  [{ shuffle: 2 ** 32 }, RangeError, "Cannot shuffle by 4294967296"],
] as const;
for (const [options, type, message] of refused) {
  Deno.test(`checkRunPolicy(${Deno.inspect(options)}) throws`, () => {
    const check = () => checkRunPolicy(options as unknown as Parameters<typeof checkRunPolicy>[0]);
    assertThrows(check, type, message);
  });
}

Deno.test("effectivePolicies() prefers a task's policy to the run's", () => {
  const plain = graphOf({ a: [] });
  assertEquals(effectivePolicies(plain, {}), []);
  assertEquals(effectivePolicies(plain, { timeoutMs: 9 }), [{ timeoutMs: 9 }]);
  const graph = policyGraph({ a: {}, b: { timeout: 1 }, c: { retries: 0, when: "always" } });
  const own = graph.tasks.map(({ policy }) => policy);
  assertEquals(effectivePolicies(graph, {}), own);
  const retries = RETRIES;
  assertEquals(effectivePolicies(graph, { timeoutMs: 9 }), [
    { timeoutMs: 9 },
    { timeoutMs: 1 },
    { timeoutMs: 9, ...own[2] },
  ]);
  assertEquals(effectivePolicies(graph, { retries }), [
    { retries },
    { retries, timeoutMs: 1 },
    own[2],
  ]);
});

Deno.test("ranksOfRun() uses the median duration for a task without one", () => {
  const graph = graphOf({ a: [], b: [], c: [], d: [], e: [] });
  const first = (durationsMs: Record<string, number>) => {
    const ranks = ranksOfRun(graph, [], { order: "path", durationsMs })!;
    return graph.names.toSorted((x, y) => ranks[graph.idOf(x)!]! - ranks[graph.idOf(y)!]!).join("");
  };
  assertEquals(first({ a: 20, b: 100, c: 1, e: 3 }), "badec");
  assertEquals(first({ a: 10, b: 100, e: 1 }), "bacde");
  assertEquals(first({}), "abcde");
  assertEquals(ranksOfRun(graph, [], { order: "name", durationsMs: { b: 100 } }), undefined);
});
