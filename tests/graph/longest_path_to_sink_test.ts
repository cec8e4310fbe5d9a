import { assertEquals } from "@std/assert";
import { longestPathToSink } from "../../src/graph/longest_path_to_sink.ts";
import { chainOf, graphOf } from "../support/graphs.ts";

Deno.test("longestPathToSink(): counts the tasks on the longest path to an end, the task included", () => {
  const graph = graphOf({ a: [], b: ["a"], c: ["b"], d: ["a"], e: [] });
  assertEquals([...longestPathToSink(graph)], [3, 2, 1, 1, 1]);
});

Deno.test("longestPathToSink(): with lengths, a short way of long tasks is longer", () => {
  const graph = graphOf({ a: [], b: ["a"], c: ["b"], d: ["a"] });
  const lengths = [1, 2, 3, 10];
  assertEquals([...longestPathToSink(graph, (task) => lengths[task]!)], [11, 5, 3, 10]);
});

Deno.test("longestPathToSink(): a chain of 100,000 tasks needs no stack", () => {
  const remaining = longestPathToSink(chainOf(100_000));
  assertEquals([remaining[0], remaining[99_999]], [100_000, 1]);
});
