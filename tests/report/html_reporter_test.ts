/** The page: what stands in it, and that nothing a task says gets out of its place. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import type { RunEvent } from "../../src/events/run_event.ts";
import { assignCoordinates } from "../../src/report/html/assign_coordinates.ts";
import { levelsOf } from "../../src/layout/levels.ts";
import { layeredLayout } from "../../src/report/html/layered_layout.ts";
import { html, json, trusted } from "../../src/report/html/safe_html.ts";
import { HtmlReporter } from "../../src/report/html/html_reporter.ts";
import type { TaskId } from "../../src/task/task.ts";
import { Graph } from "../../src/graph/graph.ts";
import { hostileEvents } from "../support/hostile_run.ts";
import { assertGolden } from "../support/golden.ts";
import { randomDag } from "../support/random_dag.ts";
import { reportedEvents } from "../support/report_of.ts";
import {
  CANCELLED_FACTS,
  PASSING_FACTS,
  SAMPLE_FACTS,
  sampleEvents,
  type TimedFact,
} from "../support/sample_run.ts";

function pageOf(events: Iterable<RunEvent>): string {
  const sourceLine = (url: string, line: number) => `  source("${url.slice(16)}", ${line});`;
  const options = { module: "deploy.ts", folder: "/project", sourceLine };
  return reportedEvents((out) => new HtmlReporter(out, options), events);
}

/** The page without style and scripts, which are files of their own. */
function contentOf(page: string): string {
  return page.replace(/<style>[\s\S]*?<\/style>/, "<style></style>")
    .replace(/<script type="module">[\s\S]*?<\/script>/g, '<script type="module"></script>')
    .replace(/sha256-[\w+/=]*/g, "sha256-…");
}

const RUNS = { sample: SAMPLE_FACTS, cancelled: CANCELLED_FACTS, passing: PASSING_FACTS };
for (const [name, facts] of Object.entries(RUNS)) {
  Deno.test(`HtmlReporter: a whole page: ${name}`, () => {
    assertGolden(`html/${name}.html`, contentOf(pageOf(sampleEvents(facts))));
  });
}

Deno.test("HtmlReporter: attempts that printed nothing leave no output; others are told apart", () => {
  const task = 0 as TaskId;
  const started = (attempt: number): TimedFact => [
    attempt,
    { type: "task-started", task, worker: 0, attempt },
  ];
  const error = { type: "Error", message: "no" };
  const retried: TimedFact = [
    1,
    { type: "task-retried", task, worker: 0, attempt: 1, error, delayMs: 0 },
  ];
  const said = (text: string): TimedFact => [
    1,
    { type: "task-output", task, worker: 0, channel: "log", level: "info", text },
  ];
  const passed: TimedFact = [
    2,
    { type: "task-finished", task, worker: 0, outcome: { status: "passed" } },
  ];
  const run = (first: TimedFact[], second: TimedFact[]) =>
    contentOf(pageOf(sampleEvents([
      [0, {
        ...{ type: "run-started", tasks: [{ name: "a", after: [], tags: [] }], workers: 1 },
        ...{ startedAt: "2026-11-23T20:56:47.573Z", mocked: [] },
      }],
      [0, { type: "task-queued", task }],
      ...[started(1), ...first, retried, [1, { type: "task-queued", task }] as TimedFact],
      ...[started(2), ...second, passed],
      [3, { type: "run-finished", finishedAt: "2026-11-23T20:56:48Z" }],
    ])));
  assert(!run([], []).includes("Output, "));
  assert(!run([said("one")], []).includes("--- attempt 1 failed"));
  assertMatch(
    run([said("one")], [said("two")]),
    /INFO {2}one\n--- attempt 1 failed on thread_0 ---\nINFO {2}two/,
  );
});

Deno.test("html: text is escaped, markup is not, lists are joined, nothing is nothing", () => {
  const evil = `</script><img src=x onerror='x'>&"`;
  assertEquals(
    html`<p title="${evil}">${[evil, html`<b>${1}</b>`]}${false}${undefined}${trusted("<i>")}</p>`
      .text,
    `<p title="&lt;/script&gt;&lt;img src=x onerror=&#39;x&#39;&gt;&amp;&quot;">` +
      `&lt;/script&gt;&lt;img src=x onerror=&#39;x&#39;&gt;&amp;&quot;<b>1</b><i></p>`,
  );
  assertEquals(JSON.parse(json({ evil: "<!--<script>" }).text), { evil: "<!--<script>" });
  assert(!json("<!--</script>").text.includes("<"));
});

Deno.test("HtmlReporter: names, errors, output and sources cannot leave their places", () => {
  const page = pageOf(hostileEvents());
  assertEquals(page.split("</script>").length - 1, 3, "the data and two scripts");
  assertEquals(page.split(/<script/).length - 1, 3);
  assert(!page.includes("<img"));
  assert(page.split("&lt;img src=x").length > 20);
});

Deno.test("HtmlReporter: the policy lets in its own style and scripts alone", async () => {
  const page = pageOf(sampleEvents());
  const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(page)![1]!;
  assertMatch(policy, /^default-src &#39;none&#39;; style-src /);
  const inline = [
    ...page.matchAll(/<(?:style|script type="module")>([\s\S]*?)<\/(?:style|script)>/g),
  ];
  assertEquals(inline.length, 3);
  for (const [, text = ""] of inline) {
    const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
    assertStringIncludes(policy, `sha256-${new Uint8Array(hash).toBase64()}`);
  }
  assert(!/ (style|on\w+)="/.test(contentOf(page)), "the policy refuses these");
  assert(!/\b(src|href)="(?!#)/.test(contentOf(page)), "nothing is loaded");
});

/** The tasks of a graph as a run introduces them. */
function tasksOf(graph: Graph): { after: TaskId[] }[] {
  return graph.tasks.map((_, id) => ({ after: [...graph.dependenciesOf(id)] as TaskId[] }));
}

Deno.test("layeredLayout: every task stands once, after its dependencies, as near as it can be", () => {
  fc.assert(fc.property(randomDag(), ({ specs }) => {
    const tasks = tasksOf(Graph.from(specs));
    const levels = levelsOf(tasks);
    const { columns } = layeredLayout(tasks);
    const placed = columns.flat().filter((node) => node < tasks.length);
    assertEquals(placed.toSorted((a, b) => a - b), tasks.map((_, id) => id));
    for (const [level, column] of columns.entries()) {
      for (const task of column.filter((node) => node < tasks.length)) {
        assertEquals(levels[task], level);
        const before = tasks[task]!.after.map((it) => levels[it]!);
        assertEquals(level, Math.max(-1, ...before) + 1);
      }
    }
  }));
});

Deno.test("layeredLayout: each dependency is a line from column to column, and there are no others", () => {
  fc.assert(fc.property(randomDag(), ({ specs }) => {
    const tasks = tasksOf(Graph.from(specs));
    const { columns, before, origins } = layeredLayout(tasks);
    const columnOf = new Map(columns.flatMap((column, i) => column.map((node) => [node, i])));
    for (const [node, nodes] of before.entries()) {
      for (const it of nodes) assertEquals(columnOf.get(node), columnOf.get(it)! + 1);
      if (node >= tasks.length) assertEquals(nodes.map((it) => origins[it]), [origins[node]!]);
      else assertEquals(nodes.map((it) => origins[it]), [...tasks[node]!.after] as number[]);
    }
  }));
});

Deno.test("layeredLayout: what can stand without crossings does", () => {
  // Three chains whose names are shuffled in each column.
  const after = [[], [], [], [2], [0], [1], [4], [5], [3]];
  const [first, second, third] =
    layeredLayout(after.map((ids) => ({ after: ids as TaskId[] }))).columns;
  assertEquals(second!.map((task) => after[task]![0]!), [...first!]);
  assertEquals(third!.map((task) => after[task]![0]!), [...second!]);
});

Deno.test("assignCoordinates: nodes of a column keep their order and their distance", () => {
  fc.assert(fc.property(randomDag(), ({ specs }) => {
    const tasks = tasksOf(Graph.from(specs));
    const layout = layeredLayout(tasks);
    const y = assignCoordinates(layout, tasks.length, { box: 10, bend: 2, gap: 4 });
    const half = (node: number) => node < tasks.length ? 5 : 1;
    for (const column of layout.columns) {
      for (const [i, node] of column.entries()) {
        const above = column[i - 1];
        const top = above === undefined ? -1e-6 : y[above]! + half(above) + 4 - 1e-6;
        assert(y[node]! - half(node) >= top, `node ${node} at ${y[node]} is above ${top}`);
      }
    }
  }));
});

Deno.test("layeredLayout: where bends would be too many, lines go straight", () => {
  const tasks = Array.from({ length: 500 }, (_, id) => ({
    after: (id === 0 ? [] : id === 1 ? [0] : [id - 2, id - 1]) as TaskId[],
  }));
  const straight = Array.from({ length: 500 }, (_, id) => ({
    after: (id === 0 ? [] : id < 250 ? [id - 1] : [id - 1, id - 250]) as TaskId[],
  }));
  assertEquals(layeredLayout(tasks).before.length, 500 + 498);
  assertEquals(layeredLayout(straight).before.length, 500);
  assertEquals(layeredLayout(straight).before[400], [399, 150]);
});

Deno.test("HtmlReporter: of 100,000 tasks the page draws levels, and holds the rest as data", () => {
  const tasks = Array.from({ length: 100_000 }, (_, id) => ({
    name: `t${id}`,
    after: id < 10 ? [] : [id - 10],
    tags: [],
  }));
  const facts: object[] = [
    { type: "run-started", tasks, workers: 2, mocked: [], startedAt: "" },
    ...tasks.flatMap((_, task) => [
      { type: "task-queued", task },
      { type: "task-started", task, worker: task % 2, attempt: 1 },
      { type: "task-finished", task, worker: task % 2, outcome: { status: "passed" } },
    ]),
    { type: "run-finished", finishedAt: "" },
  ];
  const page = pageOf(
    facts.map((fact, seq) => ({ ...fact, seq, elapsedMs: seq / 10 }) as RunEvent),
  );
  assertStringIncludes(page, "in 10,000 levels");
  assert(contentOf(page).split("<rect").length < 1000);
  const data = /<script type="application\/json" id="data">(.*?)<\/script>/s.exec(page)![1]!;
  assertEquals(JSON.parse(data).tasks.length, 100_000);
});

Deno.test("HtmlReporter: of many failures the first are told in full, with what they printed", () => {
  const tasks = Array.from({ length: 300 }, (_, id) => ({ name: `t${id}`, after: [], tags: [] }));
  const error = { type: "Error", message: "no" };
  const facts: object[] = [
    { type: "run-started", tasks, workers: 1, mocked: [], startedAt: "" },
    ...tasks.flatMap((_, task) => [
      { type: "task-queued", task },
      { type: "task-started", task, worker: 0, attempt: 1 },
      { type: "task-output", task, worker: 0, channel: "stdout", level: "info", text: "printed" },
      { type: "task-finished", task, worker: 0, outcome: { status: "failed", error } },
    ]),
    { type: "run-finished", finishedAt: "" },
  ];
  const page = pageOf(facts.map((fact, seq) => ({ ...fact, seq, elapsedMs: seq }) as RunEvent));
  assertEquals(page.split("<article").length - 1, 200);
  assertEquals(page.split("Output, 1 line").length - 1, 200);
  assertStringIncludes(page, "and 100 more");
  assertStringIncludes(page, '["t299",');
});

Deno.test("HtmlReporter: what cannot be seen of a name or a type is written out; nothing is said twice", () => {
  const error = { type: "undefined", message: "undefined", props: { "a\nb": "1" } };
  const facts: TimedFact[] = [
    [0, {
      type: "run-started",
      tasks: [{ name: "cases.\x1b[31mred", after: [], tags: [] }],
      workers: 1,
      startedAt: "2026-11-23T20:56:47.573Z",
      mocked: [],
    }],
    [1, { type: "task-queued", task: 0 as TaskId }],
    [2, { type: "task-started", task: 0 as TaskId, worker: 0, attempt: 1 }],
    [3, {
      type: "task-finished",
      task: 0 as TaskId,
      worker: 0,
      outcome: { status: "failed", error },
    }],
    [4, { type: "run-finished", finishedAt: "2026-11-23T20:56:48.573Z" }],
  ];
  const content = contentOf(pageOf(sampleEvents(facts)));
  assert(!content.includes("\x1b"));
  assertStringIncludes(content, "<h3>cases.\\u001b[31mred <small>");
  assertStringIncludes(content, '<p class="message"><b>undefined</b> </p>');
  assertStringIncludes(content, "<dt>a\\nb</dt>");
});
