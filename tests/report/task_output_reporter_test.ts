/** Tests of the output modes and options of LineReporter, and of bufferOutput(). */
import { assertEquals } from "@std/assert";
import type { Reporter } from "../../src/events/reporter.ts";
import type { RunEvent } from "../../src/events/run_event.ts";
import { applyEvent, emptyView } from "../../src/events/run_view.ts";
import { plainStyle } from "../../src/report/style.ts";
import { bufferOutput } from "../../src/report/text/buffer_output.ts";
import { LineReporter } from "../../src/report/text/line_reporter.ts";
import type { OutputMode, OutputOptions } from "../../src/report/text/task_output_reporter.ts";
import { assertGolden } from "../support/golden.ts";
import { viewOf } from "../support/view_of.ts";
import { deliverTo } from "../support/report_of.ts";
import { storyEvents } from "./live/story.ts";

const START_MS = new Date(2026, 10, 23, 20, 56, 47, 573).getTime();

/** The lines of some events, each after its stream. */
function read(events: readonly RunEvent[], options: Partial<OutputOptions>): string {
  const lines: string[] = [];
  let nowMs = START_MS;
  const reporter = new LineReporter({
    line: (text) => lines.push(`err| ${text}`),
    stdout: (text) => lines.push(`out| ${text}`),
    verbose: false,
    mode: "live",
    isBrief: false,
    highlight: (text) => text,
    style: plainStyle,
    now: () => new Date(nowMs),
    ...options,
  });
  const view = emptyView();
  for (const event of events) {
    nowMs = START_MS + event.elapsedMs;
    applyEvent(view, event);
    reporter.report(event, view);
  }
  return lines.map((line) => `${line}\n`).join("");
}

const SCREENS: Readonly<Record<string, Partial<OutputOptions>>> = {
  lines: {},
  grouped: { mode: "grouped" },
  failed: { mode: "failed" },
  none: { mode: "none" },
  brief: { isBrief: true },
  brief_grouped: { isBrief: true, mode: "grouped" },
  verbose: { verbose: true },
};
for (const [name, options] of Object.entries(SCREENS)) {
  Deno.test(`LineReporter matches the golden output with the options "${name}"`, () => {
    assertGolden(`screen/lines.${name}.txt`, read(storyEvents(), options));
  });
}

Deno.test("LineReporter writes grouped output when its task ends, before other tasks end", () => {
  const events = storyEvents().filter(({ elapsedMs }) => elapsedMs < 2000);
  const text = read(events, { mode: "grouped" });
  const at = (part: string) => text.indexOf(part);
  assertEquals(at("fetching 3 repositories") > at("---- fetch ----"), true);
  assertEquals(at("[thread_1] fetch ...") > at("fetching 3 repositories"), true);
  assertEquals(at("first try"), -1);
});

/** The output and the outcomes that a reporter receives. */
function deliveriesIn(mode: OutputMode): string[] {
  const story: string[] = [];
  const reporter: Reporter = {
    report(event) {
      if (event.type === "task-output") story.push(event.text);
      if (event.type === "task-finished") story.push(event.outcome.status);
    },
  };
  const held = bufferOutput(mode, reporter);
  deliverTo(held, storyEvents());
  return story;
}

Deno.test("bufferOutput() delivers each event with the view after exactly that event", () => {
  for (const mode of ["live", "grouped", "failed", "none"] as const) {
    const delivered: RunEvent[] = [];
    const reporter: Reporter = {
      report(event, view) {
        delivered.push(event);
        assertEquals(view, viewOf(delivered));
      },
    };
    deliverTo(bufferOutput(mode, reporter), storyEvents());
    assertEquals(delivered.at(-1)!.type, "run-finished");
  }
});

Deno.test("bufferOutput() delivers output at the end of each task, of failed ones or never", () => {
  const fetched = ["fetching 3 repositories", "done", "one of them is old"];
  const failed = ["starting a database", "it does not listen"];
  const rest = ["skipped", "skipped", "passed"];
  assertEquals(deliveriesIn("grouped"), [
    ...[...fetched, "passed", "from a timer", "passed", "passed"],
    ...["first try", "second try", "passed", ...failed, "failed", ...rest],
  ]);
  assertEquals(deliveriesIn("failed"), [
    ...["passed", "from a timer", "passed", "passed", "passed", ...failed, "failed", ...rest],
  ]);
  assertEquals(deliveriesIn("none"), ["passed", "passed", "passed", "passed", "failed", ...rest]);
});

Deno.test("bufferOutput() disposes of the reporter", async () => {
  let isDisposed = false;
  const inner: Reporter = {
    report() {},
    [Symbol.asyncDispose]() {
      isDisposed = true;
      return Promise.resolve();
    },
  };
  await bufferOutput("grouped", inner)[Symbol.asyncDispose]!();
  assertEquals(isDisposed, true);
});
