/** The layered layout: layers, sizes and lines of random graphs in both orientations. */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { Graph } from "../../src/graph/graph.ts";
import {
  type LayeredLayout,
  layeredLayout,
  type LayoutOptions,
  type Point,
} from "../../src/layout/layered_layout.ts";
import { levelsOf, type TaskEdges } from "../../src/layout/levels.ts";
import { linePathData } from "../../src/layout/trace_line.ts";
import { randomDag } from "../support/random_dag.ts";

/** Boxes of different sizes. */
function boxOf(task: number) {
  return { width: 60 + task % 3 * 20, height: 20 + task % 2 * 10 };
}

const OPTIONS: LayoutOptions = { isVertical: false, boxOf, layerGap: 40, boxGap: 12, lineGap: 8 };

interface Case {
  readonly tasks: readonly TaskEdges[];
  readonly isVertical: boolean;
  readonly layout: LayeredLayout;
}

/** Checks a property of the layouts of random graphs. */
function ofRandomGraphs(check: (it: Case) => void): void {
  fc.assert(fc.property(randomDag(), fc.boolean(), ({ specs }, isVertical) => {
    const graph = Graph.from(specs);
    const tasks = graph.tasks.map((_, id) => ({ after: [...graph.dependenciesOf(id)] }));
    check({ tasks, isVertical, layout: layeredLayout(tasks, { ...OPTIONS, isVertical }) });
  }));
}

/** A graph of layers in which each task has two dependencies near its own place. */
function layered(layers: number, width: number): TaskEdges[] {
  return Array.from({ length: layers * width }, (_, id) => {
    const level = Math.floor(id / width);
    const at = (shift: number) => (level - 1) * width + (id * 7 + shift) % width;
    return { after: level === 0 ? [] : [...new Set([at(0), at(3)])] };
  });
}

Deno.test("layeredLayout() puts dependents a gap behind their dependencies", () => {
  ofRandomGraphs(({ tasks, isVertical, layout: { x, y } }) => {
    const start = isVertical ? y : x;
    const length = (task: number) => isVertical ? boxOf(task).height : boxOf(task).width;
    const levels = levelsOf(tasks);
    for (const [task, { after }] of tasks.entries()) {
      for (const it of after) {
        assert(start[task]! >= start[it]! + length(it) + OPTIONS.layerGap, `${it} -> ${task}`);
      }
      const others = tasks.keys().filter((it) =>
        levels[it] === levels[task] && isLinked(tasks, it)
      );
      if (isLinked(tasks, task)) { for (const it of others) assertEquals(start[it], start[task]); }
    }
  });
});

function isLinked(tasks: readonly TaskEdges[], task: number): boolean {
  return tasks[task]!.after.length > 0 || tasks.some(({ after }) => after.includes(task));
}

Deno.test("layeredLayout() keeps boxes apart and inside of the picture", () => {
  ofRandomGraphs(({ tasks, layout: { x, y, width, height } }) => {
    for (const one of tasks.keys()) {
      assert(x[one]! >= 0 && x[one]! + boxOf(one).width <= width);
      assert(y[one]! >= 0 && y[one]! + boxOf(one).height <= height);
      for (let other = 0; other < one; other++) {
        const isApart = x[one]! + boxOf(one).width + 11 <= x[other]! ||
          x[other]! + boxOf(other).width + 11 <= x[one]! ||
          y[one]! + boxOf(one).height + 11 <= y[other]! ||
          y[other]! + boxOf(other).height + 11 <= y[one]!;
        assert(isApart, `${one} and ${other}`);
      }
    }
  });
});

Deno.test("layeredLayout() joins the boxes of each dependency by lines, and no others", () => {
  ofRandomGraphs(({ tasks, isVertical, layout: { x, y, lines } }) => {
    const pairs = new Set(lines.flatMap(({ from, to }) => to.map((it) => `${from} ${it}`)));
    const wanted = tasks.flatMap(({ after }, task) => after.map((it) => `${it} ${task}`));
    assertEquals(pairs, new Set(wanted));
    for (const [task, { after }] of tasks.entries()) {
      for (const it of after) {
        const side = (id: number, part: number): Point =>
          isVertical
            ? { x: x[id]! + boxOf(id).width / 2, y: y[id]! + part * boxOf(id).height }
            : { x: x[id]! + part * boxOf(id).width, y: y[id]! + boxOf(id).height / 2 };
        const pieces = lines.filter(({ from, to }) => from === it && to.includes(task));
        // Each piece starts where the one before it ends.
        let at = side(it, 1);
        for (let left = [...pieces]; left.length > 0;) {
          const next = left.find(({ points }) => isNear(points[0]!, at))!;
          at = next.points.at(-1)!;
          left = left.filter((piece) => piece !== next);
        }
        assert(isNear(at, side(task, 0)), `${it} -> ${task}`);
      }
    }
  });
});

/** Whether two points are equal but for rounding. */
function isNear(one: Point, other: Point): boolean {
  return Math.abs(one.x - other.x) <= 1 && Math.abs(one.y - other.y) <= 1;
}

Deno.test("layeredLayout() leads lines around boxes", () => {
  ofRandomGraphs(({ tasks, layout: { x, y, lines } }) => {
    for (const { points } of lines) {
      for (const [i, end] of points.entries()) {
        const start = points[i - 1] ?? end;
        // Curves stay between the layers: only straight parts pass a layer.
        if (start.x !== end.x && start.y !== end.y) continue;
        for (const task of tasks.keys()) {
          const { width, height } = boxOf(task);
          const isInside = start.x < x[task]! + width && end.x > x[task]! &&
            start.y < y[task]! + height && end.y > y[task]!;
          assert(!isInside, `a line runs through ${task}`);
        }
      }
    }
  });
});

Deno.test("layeredLayout() is as small as its longest layer, and the same every time", () => {
  const tasks = layered(12, 9);
  const options = { ...OPTIONS, boxOf: () => ({ width: 60, height: 20 }) };
  const layout = layeredLayout(tasks, options);
  assertEquals([layout.width, layout.height], [12 * 60 + 11 * 40, 9 * 20 + 8 * 12]);
  assertEquals(layeredLayout(tasks, options), layout);
});

Deno.test("layeredLayout() puts tasks without lines into a block", () => {
  for (const isVertical of [false, true]) {
    const tasks = Array.from({ length: 60 }, (_, id) => ({ after: id === 59 ? [58] : [] }));
    const { width, height } = layeredLayout(tasks, { ...OPTIONS, isVertical });
    assert(width < 1_200 && height < 700, `${width} x ${height}`);
  }
  assertEquals(layeredLayout([], OPTIONS), {
    ...{ x: new Float64Array(), y: new Float64Array(), width: 0, height: 0, lines: [] },
  });
});

Deno.test("layeredLayout() straightens long lines", () => {
  const tasks = [[], [0], [1], [2], [3, 0]].map((after) => ({ after }));
  const { lines } = layeredLayout(tasks, OPTIONS);
  const { points } = lines.find(({ from, to }) => from === 0 && to.includes(4))!;
  const bends = points.slice(1, -1).map(({ y }) => y);
  assertEquals(new Set(bends).size, 1);
  const data = linePathData(points, false);
  assertEquals(data.replace(/[^A-Z]/g, "").split("C").length - 1, 2, data);
});

Deno.test("layeredLayout() draws straight lines when bends would be too many", () => {
  const tasks = Array.from({ length: 600 }, (_, id) => ({
    after: id === 0 ? [] : id < 300 ? [id - 1] : [id - 1, id - 300],
  }));
  const { lines } = layeredLayout(tasks, OPTIONS);
  assert(lines.every(({ points }) => points.length <= 3));
});

Deno.test("layeredLayout() of 2,000 tasks takes at most 30 times as long as of 200", () => {
  const least = (layers: number, width: number) => {
    const tasks = layered(layers, width);
    const times = Array.from({ length: 3 }, () => {
      const start = performance.now();
      layeredLayout(tasks, OPTIONS);
      return performance.now() - start;
    });
    return Math.min(...times);
  };
  least(10, 20);
  const ratio = least(40, 50) / least(10, 20);
  assert(ratio < 30, `${ratio}`);
});
