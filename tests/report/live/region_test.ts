import { assert, assertEquals, assertLess, assertStringIncludes, assertThrows } from "@std/assert";
import fc from "fast-check";
import { HIDE_CURSOR, SHOW_CURSOR } from "../../../src/report/live/ansi_escapes.ts";
import {
  DRAW_MS,
  ECHO_MS,
  HEARTBEAT_MS,
  Region,
  type Terminal,
} from "../../../src/report/live/region.ts";
import { FakeTerminal } from "./fake_terminal.ts";
import { FakeTicker } from "./fake_ticker.ts";

/** A region that shows how often it was drawn. */
function rig({ columns = 30, rows = 10, hasOut = true, mayEchoStdout = false, height = 1 } = {}) {
  const terminal = new FakeTerminal({ columns, rows }, { hasOut, mayEchoStdout });
  const ticker = new FakeTicker();
  let draws = 0;
  const draw = () => {
    draws++;
    return Array.from({ length: height }, (_, i) => `row ${i} of draw ${draws}`);
  };
  const region = new Region({ terminal, ticker, draw });
  return { terminal, ticker, region, draws: () => draws };
}

Deno.test("Region draws after a short delay, then at each heartbeat", () => {
  const { terminal, ticker, draws } = rig();
  assertEquals(terminal.writes, []);
  ticker.pass(DRAW_MS);
  assertEquals(terminal.text, "\nrow 0 of draw 1");
  ticker.pass(HEARTBEAT_MS - 1);
  assertEquals(draws(), 1);
  ticker.pass(1);
  assertEquals(terminal.text, "\nrow 0 of draw 2");
});

Deno.test("Region writes pending lines and its rows in one write", () => {
  const { terminal, ticker, region } = rig();
  ticker.pass(DRAW_MS);
  region.write("err", "a\n");
  region.write("err", "b\n");
  ticker.pass(DRAW_MS);
  assertEquals(terminal.writes.length, 2);
  assertEquals(terminal.text, "a\nb\n\nrow 0 of draw 2");
});

Deno.test("Region limits the number of draws when changes are frequent", () => {
  const { ticker, region, draws } = rig();
  ticker.pass(DRAW_MS);
  for (let ms = 0; ms < 1000; ms++) {
    for (let i = 0; i < 5; i++) region.invalidate();
    region.write("err", "line\n");
    ticker.pass(1);
  }
  assertEquals(draws(), 1 + 1000 / DRAW_MS);
});

Deno.test("Region appears again at the next heartbeat when Deno has erased it", () => {
  const terminal = new FakeTerminal({ columns: 20, rows: 5 });
  const ticker = new FakeTicker();
  const region = new Region({ terminal, ticker, draw: () => ["the same"] });
  region.write("err", "line\n");
  ticker.pass(DRAW_MS);
  terminal.write("err", "\r\x1b[K\x1b[J"); // the progress of Deno, when it loads a module
  assertEquals(terminal.text.trim(), "line");
  ticker.pass(HEARTBEAT_MS);
  assertEquals(terminal.text, "line\n\nthe same");
});

Deno.test("Region writes a line at once when no draw was recent", () => {
  const { terminal, ticker, region } = rig();
  ticker.pass(2.5 * DRAW_MS);
  region.write("err", "news\n");
  assertEquals(terminal.text, "news\n\nrow 0 of draw 2");
});

Deno.test("Region writes pending lines with the next line when timers are blocked", () => {
  const { terminal, ticker, region } = rig();
  ticker.pass(DRAW_MS);
  region.write("err", "first\n");
  ticker.block(DRAW_MS);
  region.write("err", "second\n");
  assert(terminal.text.startsWith("first\nsecond\n"));
});

Deno.test("Region draws nothing when it is closed before the first draw", () => {
  const { terminal, ticker, region } = rig();
  region.write("err", "a\n");
  region.write("out", "b\n");
  region.close();
  ticker.pass(1000);
  assertEquals(terminal.writes.map(({ text }) => text), ["a\n", "b\n"]);
});

Deno.test("Region writes lines to their streams in order", () => {
  const { terminal, ticker, region } = rig();
  ticker.pass(DRAW_MS);
  region.write("err", "a\n");
  region.write("out", "b\n");
  region.write("out", "c\n");
  region.write("err", "d\n");
  ticker.pass(DRAW_MS);
  assertEquals(terminal.text, "a\nb\nc\nd\n\nrow 0 of draw 2");
  const out = terminal.writes.filter(({ stream }) => stream === "out");
  assertEquals(out.map(({ text }) => text), ["b\nc\n"]);
});

Deno.test("Region writes to a redirected standard output at once and unchanged", () => {
  const { terminal, ticker, region } = rig({ hasOut: false });
  ticker.pass(DRAW_MS);
  region.write("out", '{"half": ');
  region.write("out", '"line"}\n');
  const out = terminal.writes.filter(({ stream }) => stream === "out");
  assertEquals(out.map(({ text }) => text), ['{"half": ', '"line"}\n']);
  assertEquals(terminal.text, "\nrow 0 of draw 1");
});

Deno.test("Region stays hidden while a pipe may echo the standard output", () => {
  const { terminal, ticker, region } = rig({ hasOut: false, mayEchoStdout: true });
  ticker.pass(DRAW_MS);
  for (const line of ["a\n", "b\n", "c\n"]) {
    region.write("out", line);
    assertEquals(terminal.isCursorVisible, true);
    region.invalidate(); // by the event that has brought the line
    ticker.pass(ECHO_MS / 2);
    terminal.write("err", line); // `| tee`, which is slow
    region.invalidate();
    ticker.pass(ECHO_MS / 2 - 1);
  }
  assertEquals(terminal.text, "a\nb\nc");
  ticker.pass(1);
  assertEquals(terminal.text, "a\nb\nc\n\nrow 0 of draw 2");
});

Deno.test("Region keeps an unfinished line that another writer wrote to the terminal", () => {
  const { terminal, ticker, region } = rig({ height: 2 });
  ticker.pass(DRAW_MS);
  terminal.write("err", "\x1b[41mworking");
  ticker.pass(HEARTBEAT_MS);
  assertEquals(terminal.text, "working\nrow 0 of draw 2\nrow 1 of draw 2");
  terminal.write("err", " on it");
  region.write("err", "a line\n");
  ticker.pass(DRAW_MS);
  assertEquals(terminal.text, "working on it\na line\n\nrow 0 of draw 3\nrow 1 of draw 3");
  terminal.write("err", "^C");
  region.close();
  assertEquals(terminal.text, "working on it\na line\n^C");
  assert(terminal.isCursorVisible);
});

Deno.test("Region adds one line break after unfinished text of another writer", () => {
  for (const width of [1, 29, 30]) {
    const { terminal, ticker, region } = rig();
    ticker.pass(DRAW_MS);
    terminal.write("err", "x".repeat(width));
    region.write("err", "a line\n");
    ticker.pass(DRAW_MS);
    region.close();
    assertEquals(terminal.text, `${"x".repeat(width)}\na line`);
  }
});

Deno.test("Region erases all its rows when it fills the whole terminal", () => {
  const { terminal, ticker, region } = rig({ rows: 4, height: 9 });
  for (let i = 0; i < 5; i++) {
    ticker.pass(DRAW_MS);
    region.write("err", `line ${i}\n`);
  }
  region.close();
  assertEquals(terminal.text, "line 0\nline 1\nline 2\nline 3\nline 4");
});

Deno.test("Region adds a line break when a text does not end with one", () => {
  const { terminal, ticker, region } = rig();
  ticker.pass(DRAW_MS);
  region.write("out", "unfinished");
  ticker.pass(DRAW_MS);
  assertEquals(terminal.text, "unfinished\n\nrow 0 of draw 2");
});

Deno.test("Region draws at most as many rows as the terminal has", () => {
  const { terminal, ticker } = rig({ rows: 4, height: 9 });
  ticker.pass(DRAW_MS);
  assertEquals(terminal.text, "\nrow 0 of draw 1\nrow 1 of draw 1\nrow 2 of draw 1");
});

Deno.test("Region draws to the current size when the terminal is resized", () => {
  const terminal = new FakeTerminal({ columns: 40, rows: 8 });
  const ticker = new FakeTicker();
  new Region({ terminal, ticker, draw: ({ columns, rows }) => ["x".repeat(columns), `${rows}`] });
  ticker.pass(DRAW_MS);
  assertEquals(terminal.text, `\n${"x".repeat(40)}\n7`);
  terminal.resize({ columns: 10, rows: 5 });
  ticker.pass(HEARTBEAT_MS);
  assertEquals(terminal.text, `\n${"x".repeat(10)}\n4`);
});

Deno.test("Region hides the cursor until it is closed", () => {
  const { terminal, ticker, region } = rig();
  ticker.pass(2000);
  assertEquals(terminal.isCursorVisible, false);
  region.write("err", "a\n");
  region.write("err", "held back\n");
  region.close();
  region.close();
  assertEquals(terminal.isCursorVisible, true);
  assertEquals(terminal.text, "a\nheld back");
  assertEquals(ticker.waiting, 0);
  const all = terminal.writes.map(({ text }) => text).join("");
  assertEquals(all.split(HIDE_CURSOR).length, 2);
  assertEquals(all.split(SHOW_CURSOR).length, 2);
});

Deno.test("Region guards the cursor from the first draw until it is closed", () => {
  const terminal = new FakeTerminal({ columns: 30, rows: 10 });
  const kept: string[] = [];
  const guardCursor = () => {
    kept.push("begin");
    return () => void kept.push("end");
  };
  const ticker = new FakeTicker();
  const region = new Region({ terminal: withGuard(terminal, guardCursor), ticker, draw: () => [] });
  assertEquals(kept, []);
  ticker.pass(3 * HEARTBEAT_MS);
  region.hide();
  ticker.pass(HEARTBEAT_MS);
  assertEquals(kept, ["begin"]);
  region.close();
  region.close();
  assertEquals(kept, ["begin", "end"]);
});

function withGuard(terminal: FakeTerminal, guardCursor: () => () => void): Terminal {
  return {
    hasOut: true,
    size: () => terminal.size(),
    write: (stream, text) => terminal.write(stream, text),
    guardCursor,
  };
}

Deno.test("Region.hide() leaves the terminal to other writers until the next draw", () => {
  const { terminal, ticker, region } = rig();
  ticker.pass(DRAW_MS);
  region.write("err", "a\n");
  region.hide();
  assertEquals(terminal.text, "a");
  assertEquals(terminal.isCursorVisible, true);
  region.write("err", "b\n");
  assertEquals(terminal.text, "a\nb");
  ticker.pass(HEARTBEAT_MS);
  assertEquals(terminal.text, "a\nb\n\nrow 0 of draw 2");
  assertEquals(terminal.isCursorVisible, false);
});

Deno.test("Region.invalidate() throws the error of a failed draw once", () => {
  const terminal = new FakeTerminal({ columns: 20, rows: 5 });
  const ticker = new FakeTicker();
  let isBroken = false;
  const draw = () => {
    if (isBroken) throw new Error("cannot draw");
    return ["fine"];
  };
  const region = new Region({ terminal, ticker, draw });
  ticker.pass(DRAW_MS);
  isBroken = true;
  ticker.pass(10 * HEARTBEAT_MS);
  region.write("err", "still said\n");
  assertThrows(() => region.invalidate(), Error, "cannot draw");
  region.invalidate();
  assertEquals(terminal.isCursorVisible, true);
  assertStringIncludes(terminal.text, "still said");
  assertEquals(ticker.waiting, 0);
});

Deno.test("Region.write() writes text at once when the region is closed", () => {
  const { terminal, ticker, region } = rig();
  ticker.pass(DRAW_MS);
  region.close();
  const before = terminal.writes.length;
  region.write("err", "after\n");
  region.invalidate();
  ticker.pass(2000);
  assertEquals(terminal.writes.slice(before).map(({ text }) => text), ["after\n"]);
});

/** Things that may happen to a region. */
const step = fc.oneof(
  fc.record({ line: fc.stringMatching(/^[a-z]{1,9}$/), stream: fc.constantFrom("out", "err") }),
  fc.record({ pass: fc.nat(700) }),
  fc.record({ block: fc.nat(100) }),
  fc.constant({ changed: true }),
  fc.record({ foreign: fc.stringMatching(/^[A-Z]{1,9}$/) }),
);

Deno.test("Region keeps all lines whole and in order for any sequence of calls", () => {
  // A narrow terminal wraps text that follows text without a line break; the wide one never does.
  const widths = fc.constantFrom(30, 600);
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.nat(4), widths, (steps, height, columns) => {
      const { terminal, ticker, region } = rig({ height, columns, rows: 12 });
      const lines: string[] = [];
      for (const it of steps) {
        if ("line" in it) {
          lines.push(it.line);
          region.write(it.stream as "out" | "err", `${it.line}\n`);
        } else if ("pass" in it) ticker.pass(it.pass);
        else if ("block" in it) ticker.block(it.block);
        else if ("foreign" in it) terminal.write("err", it.foreign);
        else region.invalidate();
        assertLess(ticker.waiting, 2);
      }
      region.close();
      const kept = terminal.text.split("\n");
      const shown = kept.filter((line) => /[a-z]/.test(line)).map((line) =>
        line.replace(/[A-Z]/g, "")
      );
      if (columns > 30) assertEquals(shown, lines);
      else assertEquals(shown.join(""), lines.join(""));
      const foreign = steps.flatMap((it) => "foreign" in it ? it.foreign : []).join("");
      assertEquals(terminal.text.replace(/[^A-Z]/g, ""), foreign);
      assert(terminal.isCursorVisible);
    }),
  );
});
