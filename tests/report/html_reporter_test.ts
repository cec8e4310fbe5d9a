/** Tests of the HTML report: its contents, its layout and the escaping of text. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { RunEvent } from "../../src/events/run_event.ts";
import { html, json, trusted } from "../../src/base/safe_html.ts";
import { HtmlReporter } from "../../src/report/html/html_reporter.ts";
import type { TaskId } from "../../src/task/task.ts";
import { hostileEvents } from "../support/hostile_run.ts";
import { assertGolden } from "../support/golden.ts";
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
  Deno.test(`HtmlReporter matches the golden page for the ${name} run`, () => {
    assertGolden(`html/${name}.html`, contentOf(pageOf(sampleEvents(facts))));
  });
}

Deno.test("HtmlReporter omits empty output and separates the output of two attempts", () => {
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
  const output = (text: string): TimedFact => [
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
  assert(!run([output("one")], []).includes("--- attempt 1 failed"));
  assertMatch(
    run([output("one")], [output("two")]),
    /INFO {2}one\n--- attempt 1 failed on thread_0 ---\nINFO {2}two/,
  );
});

Deno.test("html() and json() escape text and keep trusted markup", () => {
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

Deno.test("HtmlReporter escapes markup in names, errors, output and source lines", () => {
  const page = pageOf(hostileEvents());
  assertEquals(page.split("</script>").length - 1, 3, "the data and two scripts");
  assertEquals(page.split(/<script/).length - 1, 3);
  assert(!page.includes("<img"));
  assert(page.split("&lt;img src=x").length > 20);
});

Deno.test("HtmlReporter allows only its own style and scripts in its policy", async () => {
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

Deno.test("HtmlReporter: the graph has a box for each task, and marks the critical path to its end", () => {
  const svg = /<svg class="graph"[\s\S]*?<\/svg>/.exec(pageOf(sampleEvents()))![0];
  const { tasks } = sampleEvents()[0] as RunEvent & { type: "run-started" };
  assertEquals(svg.split('class="frame"').length - 1, tasks.length);
  const criticalBoxes = svg.split(/class="box \w+ critical"/).length - 1;
  assertEquals(svg.split('class="edge critical"').length - 1, criticalBoxes - 1);
});

Deno.test("HtmlReporter draws levels and embeds the tasks as data for 100,000 tasks", () => {
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

Deno.test("HtmlReporter shows the first 200 of many failures with their output", () => {
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

Deno.test("HtmlReporter escapes control characters in names and writes a type only once", () => {
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

/** A run of a chain of `count` tasks, the first of which fails. */
function failingChain(count: number): string {
  const name = (i: number) => `a_task_with_a_long_name_${i}`;
  const tasks = Array.from({ length: count }, (_, i) => {
    return { name: name(i), after: i === 0 ? [] : [(i - 1) as TaskId], tags: [] };
  });
  const [first, ...others] = tasks.map((_, i) => i as TaskId);
  const error = { type: "Error", message: "no" };
  return contentOf(pageOf(sampleEvents([
    [0, { ...{ type: "run-started", tasks, workers: 1 }, startedAt: DATE, mocked: [] }],
    [0, { type: "task-queued", task: first! }],
    [0, { type: "task-started", task: first!, worker: 0, attempt: 1 }],
    [1, { type: "task-finished", task: first!, worker: 0, outcome: { status: "failed", error } }],
    ...others.map((task): TimedFact => [1, {
      ...{ type: "task-finished", task, worker: null },
      outcome: { status: "skipped", via: (task - 1) as TaskId, cause: first! },
    }]),
    [2, { type: "run-finished", finishedAt: DATE }],
  ])));
}

const DATE = "2026-11-23T20:56:47.573Z";

Deno.test("HtmlReporter groups skipped tasks by cause, with their names collapsed", () => {
  const page = failingChain(300);
  const [, section = ""] = /<h2 id="not-run">([\s\S]*?)<\/section>/.exec(page) ?? [];
  assertEquals(section.match(/<li/g)?.length, 1);
  assertMatch(
    section,
    /<b>299 tasks<\/b> <small>skipped: a_task_with_a_long_name_0 failed<\/small>/,
  );
  assertMatch(section, /<p class="name">a_task_with_a_long_name_1, .* and 99 more<\/p>/s);
});

/** The page of a run of layers of ten tasks with long names, each of which depends on two. */
function layeredPage(layers: number): string {
  const tasks = Array.from({ length: 10 * layers }, (_, i) => {
    const before = i - 10 - i % 10;
    const after = i < 10 ? [] : [before + i % 10, before + (i + 1) % 10] as TaskId[];
    return { name: `a_task_with_a_long_name_${i}`, after, tags: [] };
  });
  return pageOf(sampleEvents([
    [0, { ...{ type: "run-started", tasks, workers: 1 }, startedAt: DATE, mocked: [] }],
    [1, { type: "run-finished", finishedAt: DATE }],
  ]));
}

Deno.test("HtmlReporter scales the graph to the page, down to names that are readable", () => {
  for (const layers of [2, 10]) {
    const page = layeredPage(layers);
    const [, least, most] = /\.graph\{min-width:(\d+)px;max-width:(\d+)px\}/.exec(page)!;
    assertEquals(Number(least), Math.round(Number(most) * 0.6));
    assertStringIncludes(page, `<svg class="graph" width="${most}"`);
  }
});

Deno.test("HtmlReporter notes that a graph is wider than the page", () => {
  const note = "The graph is wider than the page: scroll to the right.";
  assertEquals([2, 10].map((layers) => layeredPage(layers).includes(note)), [false, true]);
});
