/**
 * The script of the page's timeline; `deno task bundle:timeline` bundles it. The timeline is drawn
 * on a canvas, since a page with 100,000 elements is slow; the table has the same data as text.
 */
/// <reference lib="dom" />
import { CHARACTER_WIDTH, shortenName } from "../../layout/shorten_name.ts";
import {
  panRange,
  RANGE_MIN_MS,
  rangeAfterKey,
  type TimeRange,
  zoomRange,
} from "../../layout/time_range.ts";
import {
  formatTick,
  type TimelineBar,
  timelineHeight,
  TimelineScale,
  type TimeSpan,
} from "../../layout/timeline_scale.ts";
import type { PageData } from "./page_data.ts";

/** An attempt of a task. */
interface Attempt extends TimeSpan {
  readonly name: string;
  readonly thread: number;
  readonly toMs: number;
  readonly ending: string;
  readonly isCritical: boolean;
}

/** Width of a bar from which it has a name, in pixels. */
/** Width of a bar around its name, in pixels. */
const BAR_PADDING = 8 + 5;
const NAME_MIN = 40;

const run: PageData = JSON.parse(document.getElementById("data")!.textContent!);
const canvas = document.getElementById("timeline") as HTMLCanvasElement;
const hover = document.getElementById("hover")!;
const context = canvas.getContext("2d")!;

/** Attempts by thread, in the order of time. */
const rows: Attempt[][] = Array.from({ length: run.threads }, () => []);
for (const [task, thread, fromMs, toMs, end] of run.attempts) {
  const [name, , , , , , , isCritical] = run.tasks[task]!;
  const ending = run.endings[end] ?? "passed";
  rows[thread]?.push({ name, thread, fromMs, toMs, ending, isCritical: isCritical === 1 });
}

const totalMs = Math.max(run.elapsedMs, RANGE_MIN_MS);
let range: TimeRange = { fromMs: 0, toMs: totalMs };
let pointed: Attempt | undefined;

function scale(): TimelineScale {
  return new TimelineScale(range, canvas.clientWidth);
}

function show(next: TimeRange | null): void {
  range = next ?? { fromMs: 0, toMs: totalMs };
  draw();
}

function draw(): void {
  const ratio = globalThis.devicePixelRatio || 1;
  const height = timelineHeight(rows.length);
  canvas.style.height = `${height}px`;
  canvas.width = canvas.clientWidth * ratio;
  canvas.height = height * ratio;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  const style = getComputedStyle(document.documentElement);
  const color = (name: string) => style.getPropertyValue(`--${name}`);
  context.textBaseline = "middle";
  context.font = `12px ${color("mono")}`;
  const current = scale();
  for (const { x, text } of current.ticks()) {
    context.fillStyle = color("line");
    context.fillRect(x, 0, 1, height);
    context.fillStyle = color("soft");
    context.fillText(text, x + 5, current.axisY);
  }
  for (const [thread, row] of rows.entries()) {
    context.fillStyle = color("soft");
    context.fillText(`thread_${thread}`, 12, current.rowY(thread));
    for (const bar of current.bars(thread, row, totalMs)) drawBar(bar, color);
  }
}

function drawBar(
  { span, x, y, width, height, isWide }: TimelineBar<Attempt>,
  color: (name: string) => string,
): void {
  context.globalAlpha = pointed === undefined || pointed === span ? 1 : 0.55;
  context.fillStyle = color(span.ending);
  context.beginPath();
  context.roundRect(x, y, width, height, isWide ? 4 : 0);
  context.fill();
  if (span.isCritical) {
    context.fillStyle = color("accent");
    context.fillRect(x, y + height + 1, width, 3);
  }
  if (width > NAME_MIN) {
    context.save();
    context.beginPath();
    context.rect(x, y, width - 5, height);
    context.clip();
    context.fillStyle = color("ground");
    const nameMax = Math.floor((width - BAR_PADDING) / CHARACTER_WIDTH);
    context.fillText(shortenName(span.name, nameMax), x + 8, y + height / 2 + 1);
    context.restore();
  }
  context.globalAlpha = 1;
}

function point(event: PointerEvent): void {
  const found = scale().spanAt(rows, { x: event.offsetX, y: event.offsetY }, totalMs);
  if (found === pointed) return;
  pointed = found;
  hover.textContent = found ? describe(found) : "\u00a0";
  draw();
}

function describe({ name, thread, fromMs, toMs, ending }: Attempt): string {
  return `${name}: ${ending} after ${formatTick(toMs - fromMs)}, ` +
    `from ${formatTick(fromMs)} to ${formatTick(toMs)}, on thread_${thread}`;
}

let drag: { readonly x: number; readonly range: TimeRange } | undefined;
canvas.addEventListener("pointerdown", (event) => {
  drag = { x: event.offsetX, range };
  canvas.setPointerCapture(event.pointerId);
});
canvas.addEventListener("pointerup", () => drag = undefined);
canvas.addEventListener("pointercancel", () => drag = undefined);
canvas.addEventListener("pointerleave", () => {
  pointed = undefined;
  draw();
});
canvas.addEventListener("pointermove", (event) => {
  if (!drag) return point(event);
  const part = scale().partAt(drag.x) - scale().partAt(event.offsetX);
  show(panRange(drag.range, part, totalMs));
});
canvas.addEventListener("wheel", (event) => {
  if (!event.ctrlKey && !event.metaKey) return; // the page scrolls
  event.preventDefault();
  show(zoomRange(range, event.deltaY < 0 ? 0.8 : 1.25, totalMs, scale().partAt(event.offsetX)));
}, { passive: false });
canvas.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const next = rangeAfterKey(event.key, range, totalMs);
  if (next === undefined) return;
  event.preventDefault();
  show(next);
});
for (const [id, key] of Object.entries({ "zoom-in": "+", "zoom-out": "-", "fit": "0" })) {
  const press = () => show(rangeAfterKey(key, range, totalMs) ?? null);
  document.getElementById(id)?.addEventListener("click", press);
}
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
new ResizeObserver(draw).observe(canvas);
