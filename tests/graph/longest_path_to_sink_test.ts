import { assertEquals } from "@std/assert";
import { longestPathToSink } from "../../src/graph/longest_path_to_sink.ts";
import { chainOf, graphOf } from "../support/graphs.ts";

Deno.test("longestPathToSink() counts the tasks on the longest path, the first included", () => {
  const graph = graphOf({ a: [], b: ["a"], c: ["b"], d: ["a"], e: [] });
  assertEquals([...longestPathToSink(graph)], [3, 2, 1, 1, 1]);
});

Deno.test("longestPathToSink() adds up the lengths of tasks when they are given", () => {
  const graph = graphOf({ a: [], b: ["a"], c: ["b"], d: ["a"] });
  const lengths = [1, 2, 3, 10];
  assertEquals([...longestPathToSink(graph, (task) => lengths[task]!)], [11, 5, 3, 10]);
});

Deno.test("longestPathToSink() handles a chain of 100,000 tasks without recursion", () => {
  const remaining = longestPathToSink(chainOf(100_000));
  assertEquals([remaining[0], remaining[99_999]], [100_000, 1]);
});
