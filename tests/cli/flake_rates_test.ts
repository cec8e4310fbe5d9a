/** `--keep-going`: the flake rates over several runs. */
import { assertEquals } from "@std/assert";
import { FlakeRates } from "../../src/cli/run/flake_rates.ts";
import { emptyView, type RunView } from "../../src/events/run_view.ts";
import type { RunEvent, TaskOutcome } from "../../src/events/run_event.ts";
import { plainStyle } from "../../src/report/style.ts";

/** The end of a run: passed (p), failed (f), passed on a retry (r) or skipped (s), by task. */
function finished(tasks: Readonly<Record<string, string>>): RunView {
  const outcomes: Record<string, TaskOutcome> = {
    p: { status: "passed" },
    r: { status: "passed" },
    f: { status: "failed", error: { type: "Error", message: "no" } },
    s: { status: "skipped", via: null, cause: null },
  };
  return {
    ...emptyView(),
    tasks: Object.keys(tasks).map((name) => ({ name, after: [], tags: [] })),
    outcomes: Object.values(tasks).map((letter) => outcomes[letter]),
    attempts: Object.values(tasks).map((letter) => letter === "r" ? 2 : 1),
  };
}

function linesOf(...runs: Readonly<Record<string, string>>[]): string[] {
  const rates = new FlakeRates();
  const event = { type: "run-finished" } as RunEvent;
  for (const run of runs) rates.reporter.report(event, finished(run));
  return rates.lines(plainStyle);
}

Deno.test("FlakeRates lists failures and retries, the highest rate first", () => {
  const lines = linesOf(
    { a: "p", broken: "f", flaky: "r" },
    { a: "p", broken: "f", flaky: "f" },
    { a: "p", broken: "f", flaky: "p" },
  );
  assertEquals(lines, [
    "Flake rates in 3 runs:",
    "   100%  broken  failed in 3 of 3 runs",
    "  66.7%  flaky   failed in 1 of 3 runs, passed on a retry in 1",
    "     0%  the other 1 task",
  ]);
});

Deno.test("FlakeRates does not count runs in which a task was skipped", () => {
  assertEquals(linesOf({ a: "f", b: "s" }, { a: "p", b: "f" }), [
    "Flake rates in 2 runs:",
    "   100%  b  failed in 1 of 1 run",
    "    50%  a  failed in 1 of 2 runs",
  ]);
});

Deno.test("FlakeRates prints one line when all tasks passed every time", () => {
  assertEquals(linesOf({ a: "p", b: "p" }), ["Flake rates in 1 run:", "     0%  2 tasks"]);
});
