/** The model and the layout of the web UI. */
import { assert, assertEquals } from "@std/assert";
import {
  isSameGraph,
  layOutGraph,
  neighbor,
  taskAt,
} from "../../src/gui/page/draw/graph_layout.ts";
import { fitCamera, panToBox, zoomCamera } from "../../src/gui/page/draw/camera.ts";
import { RunModel, TASK_LINES_MIN } from "../../src/gui/page/model/run_model.ts";
import { entryNote } from "../../src/gui/page/model/status_text.ts";
import {
  formatValue,
  initialState,
  keyError,
  parseValue,
  withFile,
  withModule,
  withRow,
} from "../../src/gui/page/model/state_rows.ts";
import { isUnneeded, type RunEvent, type TaskInfo } from "../../src/events/run_event.ts";
import type { TaskId } from "../../src/task/task.ts";
import { stripAnsi } from "../../src/gui/page/model/strip_ansi.ts";
import { sampleEvents } from "../support/sample_run.ts";

function sample(): RunModel {
  const model = new RunModel();
  for (const event of sampleEvents()) model.apply(event);
  return model;
}

Deno.test("RunModel keeps statuses, bars and log consistent with the view", () => {
  const model = sample();
  const { view } = model;
  for (const [task, outcome] of view.outcomes.entries()) {
    const status = model.statuses[task];
    const isFlaky = (view.flaky as number[]).includes(task);
    const expected = isUnneeded(outcome!) ? "unneeded" : isFlaky ? "flaky" : outcome!.status;
    assertEquals(status, expected, view.tasks[task]!.name);
  }
  const attempts = view.attempts.reduce<number>((sum, count) => sum + (count ?? 0), 0);
  assertEquals(model.bars.flat().length, attempts);
  assert(model.bars.flat().every(({ fromMs, toMs }) => toMs !== undefined && toMs >= fromMs));
  const finished = model.outcomes.filter(({ type }) => type === "task-finished");
  assertEquals(finished.map((it) => "task" in it && it.task), view.finished);
  assert(model.isFinished);
});

Deno.test("RunModel skips repeated events", () => {
  const twice = new RunModel();
  for (const event of sampleEvents()) {
    twice.apply(event);
    twice.apply(event);
  }
  assertEquals(twice.view, sample().view);
  assertEquals(twice.log.length, sample().log.length);
});

Deno.test("RunModel.taskOf() returns the task that a lost thread ran", () => {
  const model = new RunModel();
  const task = 0 as TaskId;
  const facts: object[] = [
    { type: "run-started", tasks: [{ name: "a", after: [], tags: [] }], workers: 2, mocked: [] },
    { type: "task-queued", task },
    { type: "task-started", task, worker: 1, attempt: 1 },
    { type: "worker-lost", worker: 1, error: { type: "WorkerError", message: "busy" } },
    { type: "worker-lost", worker: 0, error: { type: "WorkerError", message: "idle" } },
    { type: "stray-error", worker: 0, suspects: [], error: { type: "Error", message: "no" } },
    {
      type: "task-finished",
      task,
      worker: 1,
      outcome: { status: "failed", error: { type: "Error", message: "lost" } },
    },
  ];
  for (const [seq, fact] of facts.entries()) {
    model.apply({ seq, elapsedMs: seq, ...fact } as RunEvent);
  }
  assertEquals(model.log.map((entry) => model.taskOf(entry)), [task, null, null, task]);
});

Deno.test("RunModel keeps the last lines of a task, and counts all", () => {
  const model = sample();
  const seq = model.seq;
  const text = { type: "task-output", worker: 0, channel: "stdout", level: "info" } as const;
  for (let i = 1; i <= 10_000; i++) {
    const event = { ...text, task: 0 as TaskId, text: `line ${i}`, seq: seq + i, elapsedMs: 1e6 };
    model.apply(event);
  }
  const { count, lines } = model.output.get(0)!;
  assert(count >= 10_000 && lines.length >= TASK_LINES_MIN && lines.length <= 2 * TASK_LINES_MIN);
  assertEquals(lines.at(-1)!.text, "line 10000");
});

Deno.test("RunModel.markUnfinished() marks tasks without an outcome, and ends their bars", () => {
  const model = new RunModel();
  for (const event of sampleEvents()) {
    model.apply(event);
    if (event.type === "task-started") break;
  }
  assert(!model.isUnfinished);
  const { elapsedMs } = model.view;
  model.markUnfinished(elapsedMs + 5_000);
  assertEquals(model.view.elapsedMs, elapsedMs + 5_000);
  assert(model.isUnfinished);
  assert(model.statuses.includes("unfinished"));
  assert(!model.statuses.includes("running"));
  assert(model.bars.flat().every(({ toMs }) => toMs === elapsedMs + 5_000));
});

Deno.test("entryNote() gives the error of failures and the reason of skipped tasks", () => {
  const model = sample();
  const notes = model.outcomes.map((entry) => entryNote(entry, model.view));
  assert(notes.some((note) => /Error: /.test(note)), notes.join("\n"));
  assert(notes.some((note) => / failed/.test(note)), notes.join("\n"));
});

function graph(...after: number[][]): TaskInfo[] {
  return after.map((ids, id) => ({ name: `t${id}`, after: ids as TaskId[], tags: [] }));
}

/** A view in which levels are beside each other. */
const WIDE = { width: 1600, height: 300 };

Deno.test("layOutGraph() puts dependents right of their dependencies, without overlaps", () => {
  for (
    const tasks of [
      graph([], [0], [0], [1, 2]),
      graph(...Array.from({ length: 1200 }, (_, id) => id < 40 ? [] : [id - 40, id >> 1])),
    ]
  ) {
    const { x, y, widths, boxHeight, lines, width, height } = layOutGraph(tasks, WIDE);
    for (const [id, { after }] of tasks.entries()) {
      for (const it of after) assert(x[it]! + widths[it]! < x[id]!, `t${it} -> t${id}`);
      assert(x[id]! >= 0 && x[id]! + widths[id]! <= width && y[id]! + boxHeight <= height);
    }
    const places = new Set(tasks.map((_, id) => `${x[id]},${y[id]}`));
    assertEquals(places.size, tasks.length);
    assertEquals(lines.length, tasks.length > 500 ? 0 : 4);
  }
});

Deno.test("neighbor() follows lines, and moves up and down within a level", () => {
  const layout = layOutGraph(graph([], [0], [0], [1]), WIDE);
  assertEquals(neighbor(layout, -1, "ArrowDown"), 0);
  assertEquals(neighbor(layout, 0, "ArrowLeft"), 0);
  assertEquals(neighbor(layout, 3, "ArrowLeft"), 1);
  assertEquals(neighbor(layout, 1, "ArrowRight"), 3);
  const [upper, lower] = layout.y[1]! < layout.y[2]! ? [1, 2] : [2, 1];
  assertEquals(neighbor(layout, upper, "ArrowDown"), lower);
  assertEquals(neighbor(layout, lower, "ArrowUp"), upper);
  assertEquals(neighbor(layout, lower, "ArrowDown"), lower);
});

Deno.test("taskAt() finds the box at a point, and isSameGraph() compares dependencies", () => {
  const layout = layOutGraph(graph([], [0]), WIDE);
  assertEquals(taskAt(layout, { x: layout.x[1]! + 3, y: layout.y[1]! + 3 }), 1);
  assertEquals(taskAt(layout, { x: -5, y: -5 }), -1);
  assert(isSameGraph(graph([], [0]), graph([], [0])));
  assert(!isSameGraph(graph([], [0]), graph([], [])));
  assert(!isSameGraph(graph([]), graph([], [])));
});

Deno.test("Camera fits a picture, zooms around a point, and pans to a box", () => {
  const view = { width: 800, height: 400 };
  const camera = fitCamera({ width: 1600, height: 400 }, view);
  assertEquals(camera, { x: 0, y: 100, scale: 0.5 });
  assertEquals(fitCamera({ width: 80, height: 40 }, view).scale, 1);
  const closer = zoomCamera(camera, 2, { x: 300, y: 200 });
  assertEquals((300 - closer.x) / closer.scale, (300 - camera.x) / camera.scale);
  const box = { x: 1500, y: 10, width: 80, height: 30 };
  const shown = panToBox({ x: 0, y: 0, scale: 1 }, box, view);
  assert(box.x + box.width + shown.x <= view.width);
  assertEquals(panToBox(shown, box, view), shown);
});

Deno.test("initialState() has typed and file values, not those of the module", () => {
  let rows = withFile([], { env: "dev", size: 3 });
  rows = withRow(rows, { key: "env", value: "prod", source: "user" });
  rows = withModule(rows, { env: "prod", size: 3, made: [1] });
  const sources = Object.fromEntries(rows.map(({ key, source }) => [key, source]));
  assertEquals(sources, { env: "user", size: "file", made: "module" });
  assertEquals(initialState(rows), { env: "prod", size: 3 });
  rows = withFile(rows, { other: 1, env: "file" });
  assertEquals(initialState(rows), { other: 1, env: "prod" });
});

Deno.test("parseValue() inverts formatValue()", () => {
  for (
    const value of [
      ...["plain", "3", "true", "", "{", 3, true, null, [1], { a: "b" }, '"q"', "a\nb"],
      ...["12345678901234567890", 12345678901234567890, 1e21, -0.1, "1e999"],
    ]
  ) {
    assertEquals(parseValue(formatValue(value)), value);
  }
  // An id keeps its digits.
  assertEquals(parseValue("12345678901234567890"), "12345678901234567890");
  assertEquals(parseValue("1234567890123456"), 1234567890123456);
  assertEquals(formatValue("plain"), "plain");
  assertEquals(formatValue("a\r\nb"), '"a\\r\\nb"'); // a text field would normalize the line break
  assertEquals(keyError("ok"), undefined);
  for (const key of ["", "results", "_lock"]) assert(keyError(key) !== undefined, key);
});

Deno.test("stripAnsi() removes terminal escapes, and nothing else", () => {
  assertEquals(stripAnsi("\x1b[1m\x1b[38;5;9mred\x1b[0m [0m <b>"), "red [0m <b>");
  assertEquals(stripAnsi("\x1b]8;;http://x\x07link\x1b]8;;\x1b\\ end\x1b"), "link end");
  const plain = "no escapes\tat all";
  assertEquals(stripAnsi(plain), plain);
});
