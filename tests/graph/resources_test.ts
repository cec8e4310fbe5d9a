import { assertEquals, assertThrows } from "@std/assert";
import { UsageError } from "../../src/base/errors.ts";
import { Graph } from "../../src/graph/graph.ts";
import { withoutResources, withTearDowns } from "../../src/graph/resources.ts";
import { type Selection, selectTasks } from "../../src/graph/select.ts";
import { parseTagExpression } from "../../src/graph/tag_expression.ts";
import type { TaskSpec } from "../../src/task/task.ts";

function node(name: string, spec: Partial<TaskSpec> = {}): TaskSpec {
  const use = spec.use ?? [];
  return { tags: [], withState: true, ...spec, name, after: [...spec.after ?? [], ...use] };
}

/** Six tasks, two of which use a resource: `reads` uses db, which uses server. */
const graph = Graph.from([
  node("build"),
  node("server", { kind: "resource", after: ["build"], tags: ["docker"] }),
  node("db", { kind: "resource", use: ["server"] }),
  node("reads", { use: ["db"], tags: ["smoke"] }),
  node("page", { use: ["server"] }),
  node("report", { after: ["reads"] }),
  node("alone"),
]);

function selected(selection: Selection): Record<string, readonly string[]> {
  const { tasks } = selectTasks(graph, selection);
  return Object.fromEntries(tasks.map(({ name, after }) => [name, after]));
}

Deno.test("selectTasks() adds the resources of selected tasks, and drops the others", () => {
  assertEquals(selected({ names: ["reads"] }), { reads: ["db"], db: ["server"], server: [] });
  assertEquals(selected({ names: ["page"] }), { page: ["server"], server: [] });
  assertEquals(selected({ names: ["alone"] }), { alone: [] });
  assertEquals(selected({ names: ["report"] }), { report: [] });
  assertEquals(selected({ names: ["page"], withDeps: true }), {
    build: [],
    page: ["server"],
    server: ["build"],
  });
  assertEquals(selected({ tags: parseTagExpression("smoke") }), {
    reads: ["db"],
    db: ["server"],
    server: [],
  });
  assertEquals(Object.keys(selected({ exclude: ["reads", "page"] })), ["alone", "build", "report"]);
});

Deno.test("selectTasks() takes the tags of a resource for those of its users", () => {
  assertEquals(Object.keys(selected({ tags: parseTagExpression("docker") })), [
    "db",
    "page",
    "reads",
    "server",
  ]);
  assertEquals(Object.keys(selected({ tags: parseTagExpression("not docker") })), [
    "alone",
    "build",
    "report",
  ]);
});

Deno.test("selectTasks() removes a mocked resource and those that only it uses", () => {
  assertEquals(selected({ names: ["reads"], mocked: ["db"] }), { reads: [] });
  assertEquals(Object.keys(selected({ names: ["reads", "page"], mocked: ["db"] })), [
    "page",
    "reads",
    "server",
  ]);
});

Deno.test("selectTasks() rejects the name of a resource", () => {
  const message = 'Cannot run "db": it is a resource, which follows the tasks that use it';
  assertThrows(() => selectTasks(graph, { names: ["db"] }), UsageError, message);
  assertThrows(() => selectTasks(graph, { exclude: ["db"] }), UsageError, "Cannot exclude");
});

Deno.test("withTearDowns() tears down after all users, in reverse order of dependency", () => {
  const tearDowns = withTearDowns(graph).tasks.filter(({ kind }) => kind === "teardown");
  assertEquals(tearDowns.map(({ name, after }) => [name, after]), [
    ["db (teardown)", ["db", "reads"]],
    ["server (teardown)", ["server", "db (teardown)", "page"]],
  ]);
});

Deno.test("withoutResources() keeps the order through resources", () => {
  const { tasks } = withoutResources(graph);
  assertEquals(tasks.map(({ name, after }) => [name, after]), [
    ["alone", []],
    ["build", []],
    ["page", ["build"]],
    ["reads", ["build"]],
    ["report", ["reads"]],
  ]);
});
