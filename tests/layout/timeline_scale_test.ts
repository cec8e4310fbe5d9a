/** The timeline: its axis, its bars, and the ranges that it shows. */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { clampRange, panRange, rangeAfterKey, zoomRange } from "../../src/layout/time_range.ts";
import {
  formatTick,
  timelineHeight,
  TimelineScale,
  type TimeSpan,
  visibleRows,
} from "../../src/layout/timeline_scale.ts";

const TOTAL_MS = 1_000;
const WHOLE = { fromMs: 0, toMs: TOTAL_MS };
/** 84 pixels of names, and a pixel for each millisecond of the whole run. */
const WIDTH = 1_084;
const time = fc.double({ min: 0, max: TOTAL_MS, noNaN: true });

Deno.test("zoomRange() keeps the time at a part of the range, within the run", () => {
  const part = fc.double({ min: 0, max: 1, noNaN: true });
  const factor = fc.double({ min: 0.1, max: 10, noNaN: true });
  fc.assert(fc.property(time, time, factor, part, (from, length, factor, part) => {
    const range = clampRange(from, length, TOTAL_MS);
    const zoomed = zoomRange(range, factor, TOTAL_MS, part);
    assert(zoomed.fromMs >= 0 && zoomed.toMs <= TOTAL_MS + 1e-9 && zoomed.toMs > zoomed.fromMs);
    const isInside = zoomed.fromMs > 0 && zoomed.toMs < TOTAL_MS - 1e-9;
    const at = ({ fromMs, toMs }: typeof range) => fromMs + part * (toMs - fromMs);
    if (isInside) assert(Math.abs(at(range) - at(zoomed)) < 1e-6);
  }));
});

Deno.test("rangeAfterKey() zooms, pans and fits, and knows no other keys", () => {
  const range = { fromMs: 400, toMs: 600 };
  assertEquals(rangeAfterKey("+", range, TOTAL_MS), { fromMs: 450, toMs: 550 });
  assertEquals(rangeAfterKey("-", range, TOTAL_MS), { fromMs: 300, toMs: 700 });
  assertEquals(rangeAfterKey("ArrowLeft", range, TOTAL_MS), { fromMs: 360, toMs: 560 });
  assertEquals(rangeAfterKey("ArrowRight", range, TOTAL_MS), { fromMs: 440, toMs: 640 });
  assertEquals(rangeAfterKey("0", range, TOTAL_MS), null);
  assertEquals(rangeAfterKey("toString", range, TOTAL_MS), undefined);
  assertEquals(panRange(range, 9, TOTAL_MS), { fromMs: 800, toMs: 1_000 });
});

Deno.test("TimelineScale.ticks() are at round times, and have space for their texts", () => {
  const ticks = new TimelineScale(WHOLE, WIDTH).ticks();
  assertEquals(ticks.map(({ text }) => text), ["0ms", "200ms", "400ms", "600ms", "800ms", ""]);
  assertEquals(ticks.map(({ x }) => x), [84, 284, 484, 684, 884, 1_084]);
  const texts = (fromMs: number, toMs: number) =>
    new TimelineScale({ fromMs, toMs }, 400).ticks().map(({ text }) => text);
  assertEquals(texts(1_999.5, 2_001), ["1.999s", "2s", ""].slice(1));
  assertEquals(texts(0.1, 0.4), ["0.2ms", ""]);
  fc.assert(fc.property(time, time, fc.integer({ min: 1, max: 4_000 }), (from, length, width) => {
    const range = clampRange(from, length, TOTAL_MS);
    const places = new TimelineScale(range, width).ticks().map(({ x }) => x);
    for (const [i, x] of places.slice(1).entries()) assert(x - places[i]! >= 109);
  }));
});

Deno.test("TimelineScale.bars() omits bars that are hidden or not distinguishable", () => {
  const spans = [
    { fromMs: 0, toMs: 100 },
    { fromMs: 100, toMs: 100.01 },
    { fromMs: 100.1, toMs: 100.2 },
    { fromMs: 300, toMs: 302 },
    { fromMs: 900, toMs: undefined },
  ];
  const bars = (range: typeof WHOLE) => new TimelineScale(range, WIDTH).bars(1, spans, 950);
  const places = bars(WHOLE).map(({ x, width }) => [x, width]);
  assertEquals(places, [[84, 99], [184, 1], [384, 2], [984, 49]]);
  assertEquals(bars(WHOLE).map(({ isWide }) => isWide), [true, false, false, true]);
  const [bar] = bars(WHOLE);
  assertEquals([bar!.y, bar!.height], [28 + 30 + 4, 22]);
  assertEquals(bars({ fromMs: 200, toMs: 400 }).map(({ span }) => span), [spans[3]!]);
  const cut = bars({ fromMs: 50, toMs: 90 });
  assertEquals(cut.map(({ x, width }) => [x, width]), [[84, 999]]);
});

Deno.test("TimelineScale.spanAt() finds the bar at a point", () => {
  const rows: TimeSpan[][] = [[{ fromMs: 0, toMs: 100 }], [{ fromMs: 500, toMs: undefined }]];
  const scale = new TimelineScale(WHOLE, WIDTH);
  const at = (x: number, y: number) => scale.spanAt(rows, { x, y }, 700);
  assertEquals(at(scale.xOf(50), scale.rowY(0)), rows[0]![0]);
  assertEquals(at(scale.xOf(101), scale.rowY(0)), rows[0]![0]); // within two pixels
  assertEquals(at(scale.xOf(110), scale.rowY(0)), undefined);
  assertEquals(at(scale.xOf(650), scale.rowY(1)), rows[1]![0]);
  assertEquals(at(20, scale.rowY(0)), undefined);
  assertEquals(at(scale.xOf(50), timelineHeight(2) - 1), undefined);
  assertEquals(scale.partAt(scale.xOf(250)), 0.25);
});

Deno.test("formatTick() has at most three decimals", () => {
  assertEquals([0, 0.5, 12.3456, 999, 1_500, 12_345.6].map(formatTick), [
    ...["0ms", "0.5ms", "12.346ms", "999ms", "1.5s", "12.346s"],
  ]);
});

Deno.test("TimelineScale leaves as much space for names as it is given", () => {
  const scale = new TimelineScale(WHOLE, 1_200, 200);
  assertEquals(scale.xOf(0), 200);
  assertEquals(scale.xOf(TOTAL_MS), 1_200);
  assertEquals(scale.partAt(700), 0.5);
  const span = { fromMs: 0, toMs: 500 };
  assertEquals(scale.spanAt([[span]], { x: 199, y: 40 }, TOTAL_MS), undefined);
  assertEquals(scale.spanAt([[span]], { x: 201, y: 40 }, TOTAL_MS), span);
});

Deno.test("visibleRows() covers the view, and reaches the last row", () => {
  const rowHeight = timelineHeight(3) - timelineHeight(2);
  const rows = fc.integer({ min: 1, max: 20_000 });
  const height = fc.integer({ min: 100, max: 2_000 });
  fc.assert(
    fc.property(rows, height, fc.double({ min: 0, max: 1, noNaN: true }), (rows, height, at) => {
      const scrollMax = Math.max(0, timelineHeight(rows) - height);
      const { first, count } = visibleRows(scrollMax * at, height);
      assert(Math.abs(first * rowHeight - scrollMax * at) <= rowHeight);
      assert(timelineHeight(count) >= height && timelineHeight(count - 2) < height);
      const whole = Math.floor((height - (timelineHeight(1) - rowHeight - 10)) / rowHeight);
      assert(visibleRows(scrollMax, height).first + whole >= rows);
    }),
  );
});
