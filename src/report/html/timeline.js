// @ts-check
/// <reference lib="dom" />
/**
 * The timeline: a row per thread, a bar per attempt. Drawn on a canvas, since a page with 100,000
 * elements is slow; the table has the same data as text.
 */

/** @typedef {import("./page_data.ts").PageData} PageData */
/** @typedef {import("./page_data.ts").AttemptRow} AttemptRow */

/** @type {PageData} */
const run = JSON.parse(document.getElementById("data")?.textContent ?? "");
const canvas = /** @type {HTMLCanvasElement} */ (document.getElementById("timeline"));
const hover = /** @type {HTMLElement} */ (document.getElementById("hover"));
const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));

const LEFT = 84;
const TOP = 30;
const ROW = 30;
const BAR = 22;
const NARROW_MS = 0.001;

/** Attempts by thread, in the order of time. @type {AttemptRow[][]} */
const rows = Array.from({ length: run.threads }, () => []);
for (const attempt of run.attempts) rows[attempt[1]]?.push(attempt);

const total = Math.max(run.elapsedMs, NARROW_MS);
/** The visible range in milliseconds. */
const sight = { from: 0, to: total };
/** @type {AttemptRow | undefined} */
let pointed;

/** @param {number} ms */
function text(ms) {
  if (ms < 1) return `${Number(ms.toFixed(3))}ms`;
  return ms < 1000 ? `${Number(ms.toFixed(2))}ms` : `${Number((ms / 1000).toFixed(3))}s`;
}

function width() {
  return canvas.clientWidth - LEFT;
}

/** @param {number} ms */
function xOf(ms) {
  return LEFT + (ms - sight.from) / (sight.to - sight.from) * width();
}

/** @param {number} x */
function msAt(x) {
  return sight.from + (x - LEFT) / width() * (sight.to - sight.from);
}

/** Zooms around a fixed time. @param {number} factor @param {number} at */
function zoom(factor, at) {
  const length = Math.min(total, Math.max(NARROW_MS, (sight.to - sight.from) * factor));
  const part = (at - sight.from) / (sight.to - sight.from);
  look(at - part * length, length);
}

/** @param {number} from @param {number} length */
function look(from, length) {
  sight.from = Math.min(Math.max(0, from), total - length);
  sight.to = sight.from + length;
  draw();
}

/** The smallest of 1, 2 and 5, times a power of ten, that leaves room for labels. */
function tickStep() {
  const least = (sight.to - sight.from) / Math.max(1, width() / 110);
  const ten = 10 ** Math.floor(Math.log10(least));
  return [1, 2, 5, 10].map((times) => times * ten).find((step) => step >= least) ?? least;
}

/** @param {CSSStyleDeclaration} style */
function drawAxis(style) {
  const step = tickStep();
  context.textBaseline = "middle";
  context.font = `12px ${style.getPropertyValue("--mono")}`;
  for (let tick = Math.ceil(sight.from / step) * step; tick <= sight.to; tick += step) {
    const x = xOf(tick);
    context.fillStyle = style.getPropertyValue("--line");
    context.fillRect(Math.round(x), 0, 1, canvas.clientHeight);
    context.fillStyle = style.getPropertyValue("--soft");
    context.fillText(text(tick), x + 5, TOP / 2);
  }
  for (const thread of rows.keys()) {
    context.fillText(`thread_${thread}`, 12, TOP + thread * ROW + ROW / 2);
  }
}

/**
 * @param {AttemptRow} attempt
 * @param {number} end The right end of the bar before it.
 * @param {CSSStyleDeclaration} style
 */
function drawBar(attempt, end, style) {
  const [task, thread, from, to, ending] = attempt;
  const x = Math.max(LEFT, xOf(from));
  const right = Math.min(LEFT + width(), Math.max(xOf(to), x + 1));
  if (right <= LEFT || x >= LEFT + width()) return end;
  if (right - end < 0.5) return end; // narrower than half a pixel
  const y = TOP + thread * ROW + (ROW - BAR) / 2;
  const kind = run.endings[ending] ?? "passed";
  const isWide = right - x > 6;
  context.globalAlpha = pointed === undefined || pointed === attempt ? 1 : 0.55;
  context.fillStyle = style.getPropertyValue(`--${kind}`);
  context.beginPath();
  context.roundRect(x, y, right - x - (isWide ? 1 : 0), BAR, isWide ? 4 : 0);
  context.fill();
  const [name = "", , , , , , , isCritical = 0] = run.tasks[task] ?? [];
  if (isCritical) {
    context.fillStyle = style.getPropertyValue("--accent");
    context.fillRect(x, y + BAR + 1, right - x - (isWide ? 1 : 0), 3);
  }
  if (right - x > 40) {
    context.save();
    context.beginPath();
    context.rect(x, y, right - x - 6, BAR);
    context.clip();
    context.fillStyle = style.getPropertyValue("--ground");
    context.fillText(name, x + 8, y + BAR / 2 + 1);
    context.restore();
  }
  context.globalAlpha = 1;
  return right;
}

function draw() {
  const scale = globalThis.devicePixelRatio || 1;
  const height = TOP + rows.length * ROW + 8;
  canvas.style.height = `${height}px`;
  canvas.width = canvas.clientWidth * scale;
  canvas.height = height * scale;
  context.setTransform(scale, 0, 0, scale, 0, 0);
  const style = getComputedStyle(document.documentElement);
  drawAxis(style);
  for (const row of rows) {
    let end = -Infinity;
    for (const attempt of row) end = drawBar(attempt, end, style);
  }
}

/** @param {PointerEvent} event */
function attemptAt({ offsetX, offsetY }) {
  const row = rows[Math.floor((offsetY - TOP) / ROW)];
  if (!row || offsetX < LEFT) return undefined;
  const slackMs = msAt(offsetX + 2) - msAt(offsetX);
  const ms = msAt(offsetX);
  return row.find(([, , from, to]) => from - slackMs <= ms && ms <= to + slackMs);
}

/** @param {PointerEvent} event */
function point(event) {
  const found = attemptAt(event);
  if (found === pointed) return;
  pointed = found;
  hover.textContent = found ? describe(found) : "\u00a0";
  draw();
}

/** @param {AttemptRow} attempt */
function describe([task, thread, from, to, ending]) {
  const name = run.tasks[task]?.[0] ?? "";
  return `${name}: ${run.endings[ending]} after ${text(to - from)}, ` +
    `from ${text(from)} to ${text(to)}, on thread_${thread}`;
}

/** @type {{ x: number, from: number } | undefined} */
let drag;
canvas.addEventListener("pointerdown", (event) => {
  drag = { x: event.offsetX, from: sight.from };
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
  const length = sight.to - sight.from;
  look(drag.from - (event.offsetX - drag.x) / width() * length, length);
});
canvas.addEventListener("wheel", (event) => {
  if (!event.ctrlKey && !event.metaKey) return; // the page scrolls
  event.preventDefault();
  zoom(event.deltaY < 0 ? 0.8 : 1.25, msAt(event.offsetX));
}, { passive: false });

const middle = () => (sight.from + sight.to) / 2;
/** @param {number} part */
const move = (part) => look(sight.from + part * (sight.to - sight.from), sight.to - sight.from);
/** @type {Record<string, () => void>} */
const ACTIONS = {
  "+": () => zoom(0.5, middle()),
  "=": () => zoom(0.5, middle()),
  "-": () => zoom(2, middle()),
  "0": () => look(0, total),
  "ArrowLeft": () => move(-0.2),
  "ArrowRight": () => move(0.2),
};
canvas.addEventListener("keydown", (event) => {
  const action = ACTIONS[event.key];
  if (!action || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  action();
});
for (const [id, key] of Object.entries({ "zoom-in": "+", "zoom-out": "-", "fit": "0" })) {
  document.getElementById(id)?.addEventListener("click", () => ACTIONS[key]?.());
}
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
new ResizeObserver(draw).observe(canvas);
