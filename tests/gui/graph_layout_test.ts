/** The layout of the web UI's graph. */
import { assert, assertEquals } from "@std/assert";
import { firstCamera } from "../../src/gui/page/draw/camera.ts";
import { layOutGraph, neighbor, taskAt } from "../../src/gui/page/draw/graph_layout.ts";
import type { TaskInfo } from "../../src/events/run_event.ts";

/** The size of the graph in a window of 1280 by 720 pixels. */
const VIEW = { width: 696, height: 478 };

function tasksOf(graph: readonly (readonly number[])[]): TaskInfo[] {
  return graph.map((after, id) =>
    ({ name: `perform_task_number_${id}`, after, tags: [] }) as unknown as TaskInfo
  );
}

/** Twelve tasks in six levels of two. */
const DEEP = tasksOf(Array.from({ length: 12 }, (_, id) => id < 2 ? [] : [id - 2]));
/** 600 tasks in four levels: too many for lines. */
const LARGE = tasksOf(Array.from({ length: 600 }, (_, id) => id < 150 ? [] : [id - 150]));

Deno.test("layOutGraph() puts levels below each other when names are larger that way", () => {
  const layout = layOutGraph(DEEP, VIEW);
  assert(layout.isVertical);
  assertEquals(layout.y.every((y, id) => id < 2 || y > layout.y[id - 2]!), true);
  assert(firstCamera(layout, VIEW).scale > 0.9, "the names are readable");
});

Deno.test("layOutGraph() puts levels beside each other when the view is wide", () => {
  const wide = tasksOf(Array.from({ length: 12 }, (_, id) => id < 6 ? [] : [id - 6]));
  const layout = layOutGraph(wide, VIEW);
  assert(!layout.isVertical);
  assert(layout.x[6]! > layout.x[0]!);
});

Deno.test("layOutGraph() wraps the tasks of a level into columns of equal length", () => {
  const layout = layOutGraph(LARGE, VIEW);
  assert(layout.hasColumns);
  for (let level = 0; level < 4; level++) {
    const columns = Map.groupBy(
      [...LARGE.keys()].filter((id) => layout.levels[id] === level),
      (id) => layout.x[id],
    );
    const lengths = [...columns.values()].map(({ length }) => length);
    assert(Math.max(...lengths) - Math.min(...lengths) < lengths.length, lengths.join());
  }
});

Deno.test("layOutGraph() uses the proportions of the view when tasks are in columns", () => {
  const ratio = (view: typeof VIEW) => {
    const { width, height } = layOutGraph(LARGE, view);
    return width / height;
  };
  assert(ratio({ width: 1200, height: 400 }) > 1.5 * ratio({ width: 400, height: 800 }));
});

Deno.test("taskAt() finds the task of a box of any width", () => {
  const layout = layOutGraph(DEEP, VIEW);
  for (const id of DEEP.keys()) {
    const at = { x: layout.x[id]! + layout.widths[id]! - 1, y: layout.y[id]! + 1 };
    assertEquals(taskAt(layout, at), id);
  }
  assertEquals(taskAt(layout, { x: 0, y: 0 }), -1);
});

Deno.test("neighbor() follows the lines downwards when the graph is vertical", () => {
  const layout = layOutGraph(DEEP, VIEW);
  assertEquals(neighbor(layout, 0, "ArrowDown"), 2);
  assertEquals(neighbor(layout, 2, "ArrowUp"), 0);
});
