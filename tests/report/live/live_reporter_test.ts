import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { type LiveOptions, LiveReporter } from "../../../src/report/live/live_reporter.ts";
import type { Region } from "../../../src/report/live/region.ts";
import { emptyView } from "../../../src/events/run_view.ts";
import { progress } from "../../../src/report/live/screens.ts";
import { plainStyle } from "../../../src/report/style.ts";
import { deliverTo } from "../../support/report_of.ts";
import { FakeTerminal } from "./fake_terminal.ts";
import { FakeTicker } from "./fake_ticker.ts";
import { storyEvents } from "./story.ts";

function rig(options: Pick<LiveOptions, "durations"> = {}) {
  const terminal = new FakeTerminal({ columns: 60, rows: 10 });
  const ticker = new FakeTicker();
  const diverted: (Region | undefined)[] = [];
  const divert = (region: Region | undefined) => void diverted.push(region);
  const style = plainStyle;
  const live = new LiveReporter({ terminal, ticker, style, draw: progress, divert, ...options });
  return { terminal, ticker, diverted, live };
}

Deno.test("LiveReporter draws the run from its first event to its last", () => {
  const { terminal, ticker, diverted, live } = rig();
  const view = emptyView();
  let nowMs = 0;
  for (const event of storyEvents()) {
    ticker.pass(event.elapsedMs - nowMs);
    nowMs = event.elapsedMs;
    deliverTo(live, [event], view);
    if (event.type === "run-finished") break;
    assertEquals(diverted.length, 1);
  }
  assert(
    terminal.writes.some(({ text }) => text.includes("7/8   87%  1 failed  2 skipped  1m 00s")),
  );
  assertEquals(terminal.text, "");
  assertEquals(terminal.isCursorVisible, true);
  assertEquals(diverted.at(-1), undefined);
  assertEquals(ticker.waiting, 0);
});

Deno.test("LiveReporter updates the elapsed time when no events arrive", () => {
  const { terminal, ticker, live } = rig();
  deliverTo(live, storyEvents().slice(0, 7));
  ticker.pass(550);
  assertStringIncludes(terminal.text, " 0.5s");
  ticker.pass(2000);
  assertStringIncludes(terminal.text, " 2.5s");
});

Deno.test("LiveReporter redraws within 20 ms while threads start, and then every 100 ms", () => {
  const { terminal, ticker, live } = rig();
  deliverTo(live, storyEvents().slice(0, 7));
  ticker.pass(60);
  const drawsIn = (ms: number) => {
    const before = terminal.writes.length;
    ticker.pass(ms);
    return terminal.writes.length - before;
  };
  assertEquals(drawsIn(200), 10);
  ticker.pass(2000);
  assertEquals(drawsIn(200), 2);
});

Deno.test("LiveReporter shows the remaining time when an earlier run recorded durations", () => {
  const durations = new Map(
    storyEvents().flatMap((event) =>
      event.type === "run-started" ? event.tasks.map(({ name }) => [name, 30_000] as const) : []
    ),
  );
  const { terminal, ticker, live } = rig({ durations });
  deliverTo(live, storyEvents().slice(0, 7));
  ticker.pass(550);
  assertMatch(terminal.text, / ~\dm \d\ds left/);
  live[Symbol.dispose]();
  const without = rig();
  deliverTo(without.live, storyEvents().slice(0, 7));
  without.ticker.pass(550);
  assert(!without.terminal.text.includes("left"), without.terminal.text);
});

Deno.test("LiveReporter draws nothing more when it is disposed of during a run", () => {
  const { terminal, ticker, diverted, live } = rig();
  const events = storyEvents();
  const view = emptyView();
  deliverTo(live, events.slice(0, 9), view);
  ticker.pass(100);
  assertEquals(terminal.isCursorVisible, false);
  live[Symbol.dispose]();
  const written = terminal.writes.length;
  deliverTo(live, events.slice(9), view);
  ticker.pass(5000);
  assertEquals(terminal.writes.length, written);
  assertEquals(terminal.isCursorVisible, true);
  assertEquals(diverted.map((it) => it !== undefined), [true, false, false]);
});
