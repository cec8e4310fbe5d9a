import { assertEquals } from "@std/assert";
import { graphWidth } from "../../src/graph/graph_width.ts";
import { chainOf, graphOf, independent, layered } from "../support/graphs.ts";

Deno.test("graphWidth() is the number of tasks on the widest level", () => {
  assertEquals(graphWidth(graphOf({})), 0);
  assertEquals(graphWidth(chainOf(5)), 1);
  assertEquals(graphWidth(independent(7)), 7);
  assertEquals(graphWidth(layered(4, 6)), 6);
  assertEquals(graphWidth(graphOf({ a: [], b: ["a"], c: ["a"], d: ["b", "c"] })), 2);
});

Deno.test("graphWidth() counts a task on the level of its longest path", () => {
  assertEquals(graphWidth(graphOf({ a: [], b: ["a"], c: ["a", "b"], d: ["c"] })), 1);
});
