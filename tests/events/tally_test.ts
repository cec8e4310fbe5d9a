import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { type RunEvent, threadName } from "../../src/events/run_event.ts";
import type { Reporter } from "../../src/events/reporter.ts";
import { applyEvent, emptyView, type RunView } from "../../src/events/run_view.ts";
import { summaryText } from "../../src/events/summary.ts";
import { tally, tallyTexts } from "../../src/events/tally.ts";
import { htmlReport } from "../../src/report/html/html_report.ts";
import { JunitReporter } from "../../src/report/formats/junit_reporter.ts";
import { markdownSummary } from "../../src/report/formats/markdown_summary.ts";
import { TapReporter } from "../../src/report/formats/tap_reporter.ts";
import { plainStyle } from "../../src/report/style.ts";
import { DotReporter } from "../../src/report/text/dot_reporter.ts";
import { lineOptions } from "../../src/report/text/line_options.ts";

/** The ways in which a node of a run may end. */
const ENDS = ["passed", "flaky", "failed", "skipped", "own", "unneeded", "cancelled"] as const;
type End = typeof ENDS[number];

const ERROR = { type: "Error", message: "no" };

const OUTCOMES: Readonly<Record<End, object>> = {
  passed: { status: "passed" },
  flaky: { status: "passed" },
  failed: { status: "failed", error: ERROR },
  skipped: { status: "skipped", via: 0, cause: 0 },
  own: { status: "skipped", via: null, cause: null, reason: "not here" },
  unneeded: { status: "skipped", via: 0, cause: null },
  cancelled: { status: "cancelled", reason: "interrupted" },
};

/** The events of a run whose tasks, and set-ups of resources, end in these ways. */
function eventsOf(tasks: readonly End[], resources: readonly ("passed" | "failed")[]): RunEvent[] {
  const ends: readonly End[] = [...tasks, ...resources];
  const infos = ends.map((end, i) => ({
    name: `${end}_${i}`,
    after: [],
    tags: [],
    ...(i < tasks.length ? {} : { kind: "resource" }),
  }));
  const facts: object[] = [
    { type: "run-started", tasks: infos, workers: 1, startedAt: "", mocked: [] },
    ...ends.flatMap((end, task) => finishOf(end, task)),
    { type: "run-finished", finishedAt: "" },
  ];
  return facts.map((fact, seq) => ({ seq, elapsedMs: seq, ...fact }) as RunEvent);
}

function finishOf(end: End, task: number): object[] {
  const hasRun = !["skipped", "unneeded", "cancelled"].includes(end);
  const worker = hasRun ? 0 : null;
  const start = (attempt: number) => [
    { type: "task-queued", task },
    { type: "task-started", task, worker: 0, attempt },
  ];
  return [
    ...(end === "flaky"
      ? [...start(1), {
        type: "task-retried",
        task,
        worker: 0,
        attempt: 1,
        error: ERROR,
        delayMs: 0,
      }]
      : []),
    ...(hasRun ? start(end === "flaky" ? 2 : 1) : []),
    { type: "task-finished", task, worker, outcome: OUTCOMES[end] },
  ];
}

/** Reports the events, and returns the view and what the reporter has written. */
function report(
  events: readonly RunEvent[],
  create: (write: (text: string) => void) => Reporter,
): { readonly view: RunView; readonly text: string } {
  let text = "";
  const reporter = create((part) => text += part);
  const view = emptyView();
  for (const event of events) {
    applyEvent(view, event);
    void reporter.report(event, view);
  }
  return { view, text };
}

const sink = (write: (text: string) => void) => ({ write, close() {} });

const run = fc.record({
  tasks: fc.array(fc.constantFrom(...ENDS), { minLength: 1, maxLength: 20 }),
  resources: fc.array(fc.constantFrom("passed" as const, "failed" as const), { maxLength: 3 }),
});

/** The sum of the numbers before words, without those in parentheses. */
function sumOf(text: string): number {
  const whole = text.replaceAll(/\([^)]*\)/g, "");
  return [...whole.matchAll(/(\d+) [a-z]/g)].reduce((sum, [, count]) => sum + Number(count), 0);
}

Deno.test("tally() adds up to the tasks in the summary, and in every report", () => {
  fc.assert(fc.property(run, ({ tasks, resources }) => {
    const events = eventsOf(tasks, resources);
    const failedResources = resources.filter((end) => end === "failed").length;
    const expected = tasks.length + failedResources;
    const junit = report(events, (write) => new JunitReporter(sink(write), { module: "a.ts" }));
    const { view } = junit;

    assertEquals(sumOf(tallyTexts(tally(view)).join(", ")), expected);
    assertEquals(sumOf(summaryText(view)), expected);
    assertEquals(sumOf(markdownSummary(view).split("\n")[0]!), expected);

    const suite = /<testsuite .*?>/.exec(junit.text)![0];
    const number = (name: string) => Number(new RegExp(` ${name}="(\\d+)"`).exec(suite)![1]);
    const { passed, failed, skipped, unneeded, cancelled } = tally(view);
    assertEquals(number("tests"), expected);
    assertEquals(number("failures"), failed);
    assertEquals(number("skipped"), skipped + unneeded + cancelled);
    assertEquals(number("tests") - number("failures") - number("skipped"), passed);
    assertEquals(junit.text.match(/<testcase /g)?.length, expected);

    const tap = report(events, (write) => new TapReporter(sink(write))).text;
    assertEquals(tap.match(/^(not )?ok /gm)?.length, expected);
    assertEquals(tap.match(/^1\.\.(\d+)$/m)?.[1], String(expected));

    const dots = report(events, (write) =>
      new DotReporter({
        ...lineOptions({
          line: () => {},
          stdout: () => {},
          verbose: false,
          isColored: false,
          highlights: undefined,
          now: () => new Date(0),
        }),
        write,
        style: plainStyle,
      })).text;
    assertEquals(dots.trimEnd().length, expected);

    const html = htmlReport(view, { module: "a.ts", attempts: [], output: new Map() });
    const legend = /<ul class="counts">(.*?)<\/ul>/s.exec(html)![1]!.replaceAll(/<[^>]*>/g, "");
    assertEquals(sumOf(legend), expected);
  }));
});

Deno.test("tally() counts what has not finished as open, and summaryText() as unfinished", () => {
  const events = eventsOf(["passed", "failed", "passed"], []).slice(0, 4);
  const { view } = report(events, () => ({ report() {} }));
  assertEquals(tally(view).open, 2);
  assertEquals(
    summaryText(view),
    "==== 1 passed, 0 failed, 0 skipped, 2 unfinished in 0.00s ====",
  );
  assertEquals(threadName(view.ranOn[0]!), "thread_0");
});

Deno.test("tallyTexts() puts parts in parentheses", () => {
  const events = eventsOf(["flaky", "passed", "failed", "unneeded", "cancelled"], ["failed"]);
  const { view } = report(events, () => ({ report() {} }));
  assertEquals(
    tallyTexts(tally(view)).join(", "),
    [
      "2 passed (1 flaky), 2 failed (1 resource), 0 skipped, 1 unneeded, 1 cancelled",
    ].join(),
  );
});
