/**
 * The timeline of a run: a row for each thread, a bar for each attempt, and a time axis. Computes
 * all positions; the HTML report and the web UI draw them in their own styles.
 */
import type { TimeRange } from "./time_range.ts";

/** A time span in a row; without an end while the attempt runs. */
export interface TimeSpan {
  readonly fromMs: number;
  readonly toMs: number | undefined;
}

/** A bar, in pixels. Neighboring wide bars have a gap between them. */
export interface TimelineBar<Span> {
  readonly span: Span;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** Whether the bar is wide enough for round corners. */
  readonly isWide: boolean;
}

/** A tick of the time axis. */
export interface Tick {
  readonly x: number;
  readonly text: string;
}

const LABEL_WIDTH = 84;
const AXIS_HEIGHT = 28;
const ROW_HEIGHT = 30;
const BAR_HEIGHT = 22;
const BOTTOM = 10;
/** Width of a bar from which it has round corners and a gap. */
const WIDE_MIN = 6;
/** Least difference of two bars that can be distinguished, in pixels. */
const VISIBLE_MIN = 0.5;
/** Pixels that a pointer may miss a bar by. */
const SLACK = 2;
/** Minimum distance of ticks, and the width of the last label, in pixels. */
const TICK_DISTANCE = 110;
const TICK_LABEL_WIDTH = 44;

/** The height of a timeline, in pixels. */
export function timelineHeight(rows: number): number {
  return AXIS_HEIGHT + Math.max(1, rows) * ROW_HEIGHT + BOTTOM;
}

/** The visible rows of a timeline that is scrolled to a position, in pixels. */
export function visibleRows(
  scrollTop: number,
  height: number,
): { readonly first: number; readonly count: number } {
  // Rounded up, so that the last row is visible at the end.
  const first = Math.max(0, Math.ceil(scrollTop / ROW_HEIGHT));
  return { first, count: Math.ceil((height - AXIS_HEIGHT) / ROW_HEIGHT) };
}

/** Formats a time of the axis. */
export function formatTick(ms: number): string {
  if (ms < 1000) return `${Number(ms.toFixed(3))}ms`;
  return `${Number((ms / 1000).toFixed(3))}s`;
}

/** The scale of a timeline: from times to pixels, and back. */
export class TimelineScale {
  /** The vertical center of the labels of the axis. */
  readonly axisY: number = AXIS_HEIGHT / 2;
  readonly #range: TimeRange;
  readonly #width: number;
  readonly #msPerPixel: number;
  readonly #labelWidth: number;

  /**
   * @param width Of the whole timeline, with the names of the rows.
   * @param labelWidth Of the names of the rows, in pixels; by default that of threads.
   */
  constructor(range: TimeRange, width: number, labelWidth = LABEL_WIDTH) {
    this.#range = range;
    this.#width = width;
    this.#labelWidth = labelWidth;
    this.#msPerPixel = (range.toMs - range.fromMs) / Math.max(1, width - labelWidth);
  }

  /** The position of a time. */
  xOf(ms: number): number {
    return this.#labelWidth + (ms - this.#range.fromMs) / this.#msPerPixel;
  }

  /** The place of a position in the range, from 0 to 1. */
  partAt(x: number): number {
    return (x - this.#labelWidth) / Math.max(1, this.#width - this.#labelWidth);
  }

  /** The vertical center of a row. */
  rowY(row: number): number {
    return AXIS_HEIGHT + row * ROW_HEIGHT + ROW_HEIGHT / 2;
  }

  /** The row at a vertical position; it may not exist. */
  rowAt(y: number): number {
    return Math.floor((y - AXIS_HEIGHT) / ROW_HEIGHT);
  }

  /** The ticks of the axis, at multiples of 1, 2 or 5 times a power of ten. */
  ticks(): Tick[] {
    const { fromMs, toMs } = this.#range;
    const step = tickStep(TICK_DISTANCE * this.#msPerPixel);
    const ticks: Tick[] = [];
    for (let i = Math.ceil(fromMs / step); i * step <= toMs; i++) {
      const x = Math.round(this.xOf(i * step));
      const hasSpace = x < this.#width - TICK_LABEL_WIDTH;
      ticks.push({ x, text: hasSpace ? formatTick(i * step) : "" });
    }
    return ticks;
  }

  /**
   * The visible bars of a row. Bars that cannot be distinguished from the one before are omitted.
   *
   * @param spans In the order of time.
   * @param nowMs The end of spans without an end.
   */
  bars<Span extends TimeSpan>(
    row: number,
    spans: readonly Span[],
    nowMs: number,
  ): TimelineBar<Span>[] {
    const y = this.rowY(row) - BAR_HEIGHT / 2;
    const bars: TimelineBar<Span>[] = [];
    let end = -Infinity;
    for (const span of spans) {
      const [from, to] = [this.xOf(span.fromMs), this.xOf(span.toMs ?? nowMs)];
      if (to < this.#labelWidth || from >= this.#width) continue;
      const x = Math.max(this.#labelWidth, from);
      const right = Math.min(this.#width, Math.max(to, x + 1));
      if (right - end < VISIBLE_MIN) continue;
      const isWide = right - x > WIDE_MIN;
      bars.push({ span, x, y, width: right - x - (isWide ? 1 : 0), height: BAR_HEIGHT, isWide });
      end = right;
    }
    return bars;
  }

  /** The span at a point, or undefined. */
  spanAt<Span extends TimeSpan>(
    rows: readonly (readonly Span[])[],
    { x, y }: { readonly x: number; readonly y: number },
    nowMs: number,
  ): Span | undefined {
    if (x < this.#labelWidth) return undefined;
    const ms = this.#range.fromMs + (x - this.#labelWidth) * this.#msPerPixel;
    const slackMs = SLACK * this.#msPerPixel;
    const row = rows[this.rowAt(y)] ?? [];
    return row.find(({ fromMs, toMs }) =>
      fromMs - slackMs <= ms && ms <= (toMs ?? nowMs) + slackMs
    );
  }
}

/** The smallest of 1, 2, 5 and their multiples by powers of ten that is not below a length. */
function tickStep(minMs: number): number {
  const ten = 10 ** Math.floor(Math.log10(Math.max(minMs, 1e-4)));
  return [1, 2, 5, 10].map((times) => times * ten).find((step) => step >= minMs) ?? minMs;
}
