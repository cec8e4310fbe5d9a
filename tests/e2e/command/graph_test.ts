/** `--graph` prints the same text as the Python original, and runs no task. */
import { assertEquals } from "@std/assert";
import { tdrun, TestSpace } from "../../support/command.ts";

const SURGERY = `Graph: 6 nodes, 6 edges
Roots: [3]
Leaves: [1], [2]
Levels: 4

Nodes:
  [0] assign_surgical_staff_B
  [1] equipment_safety_checks_E
  [2] perform_surgery_F
  [3] pre_op_assessment_A
  [4] prepare_operating_room_C
  [5] sterilize_instruments_D

Edges:
  [0] -> [2]
  [1] -> (none)
  [2] -> (none)
  [3] -> [0], [4]
  [4] -> [1], [5]
  [5] -> [2]

Stats:
  Longest chain length (edges): 3
  Longest chains:
    pre_op_assessment_A -> prepare_operating_room_C -> sterilize_instruments_D -> perform_surgery_F
  High fan-in nodes (many dependencies):
    perform_surgery_F (indegree=2)
  High fan-out nodes (many dependents):
    pre_op_assessment_A (children=2)
    prepare_operating_room_C (children=2)
`;

Deno.test("--graph prints the graph of the surgery example to stdout and exits 0", async () => {
  const { code, stdout, stderr } = await tdrun(["examples/surgery.ts", "--graph"]);
  assertEquals(stdout, SURGERY);
  assertEquals([code, stderr], [0, ""]);
});

Deno.test("--graph runs only the top level of the module", async () => {
  await using space = await TestSpace.create();
  const { code, stdout, stderr } = await space.tdrunModule(
    `
    console.error("top level");
    export const setupState = () => console.error("setupState");
    export const teardownState = () => console.error("teardownState");
    export const addLoggingHighlights = () => console.error("highlights");
    export const a = mark(() => console.error("a"));
    `,
    ["--graph"],
  );
  assertEquals(stdout.split("\n")[0], "Graph: 1 nodes, 0 edges");
  assertEquals([code, stderr], [0, "top level\n"]);
});

Deno.test("--graph keeps the order through tasks that --tags does not select", async () => {
  await using space = await TestSpace.create();
  const { stdout } = await space.tdrunModule(
    `
    export const a = mark({ tags: "kept" }, () => {});
    export const mid = mark({ after: [a] }, () => {});
    export const c = mark({ after: [mid], tags: ["kept"] }, () => {});
    `,
    ["--graph", "--tags", "kept"],
  );
  assertEquals(stdout.split("\n").slice(0, 4), [
    "Graph: 2 nodes, 1 edges",
    "Roots: [0]",
    "Leaves: [1]",
    "Levels: 2",
  ]);
});
