/**
 * Draws a terminal as an animated SVG.
 *
 * The picture has its own ground, so that it is legible on light and dark pages. Without CSS, and
 * for readers who prefer reduced motion, it shows the last frame: colors are attributes, and rows
 * that are not in the last frame are hidden by an attribute.
 *
 * A row that is the same in successive frames is drawn once. Rows that are shown at the same time
 * are a group, whose visibility is animated.
 */
import { plainStyle } from "../../src/report/style.ts";
import type { TerminalFrame } from "./terminal_frames.ts";

/** Texts and the size of a terminal. */
export interface TerminalOptions {
  /** The name of the picture, for screen readers. */
  readonly title: string;
  /** The text in the title bar. */
  readonly caption: string;
  readonly columns: number;
}

/** Time for which the last frame is shown, in ms. */
const HOLD_MS = 6000;

const GROUND = { fill: "#16181d", stroke: "#3a3f4b", bar: "#22252d" } as const;
const LIGHTS = ["#ff5f57", "#febc2e", "#28c840"];
const INK = "#e3e5e8";
const DIM = "#8b92a0";
const FONT = "ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace";
const FONT_SIZE = 14;
/** Width of a character: 0.602 em in most of the fonts. */
const COLUMN = 8.43;
const ROW = 20;
const PADDING = 16;
const BAR = 34;

/** A row that does not change from a time to another. */
interface Row {
  /** Position from the top, from 0. */
  readonly at: number;
  readonly text: string;
  readonly fromMs: number;
  /** Infinity if the row is in the last frame. */
  readonly toMs: number;
}

/**
 * Draws the frames. The text has no line break at its end: JSR serves a file as an SVG if it begins
 * with the opening tag and ends with the closing one.
 */
export function drawTerminal(frames: readonly TerminalFrame[], options: TerminalOptions): string {
  const totalMs = frames.at(-1)!.fromMs + HOLD_MS;
  const groups = [...Map.groupBy(rowsOf(frames), ({ fromMs, toMs }) => `${fromMs} ${toMs}`)]
    .map(([, rows]) => rows);
  const animations = groups.map(([row], index) => animation(`f${index}`, row!, totalMs));
  const parts = groups.map((rows, index) => {
    const isHidden = rows[0]!.toMs !== Infinity;
    const attributes = `class="f${index}"${isHidden ? ' visibility="hidden"' : ""}`;
    return `<g ${attributes}>${rows.map(drawRow).join("")}</g>`;
  });
  const size = {
    width: Math.ceil(options.columns * COLUMN + 2 * PADDING),
    height: BAR + Math.max(...frames.map(({ rows }) => rows.length)) * ROW + 2 * PADDING,
  };
  return [
    openingTag(size),
    `<title>${escaped(options.title)}</title>`,
    `<desc>${escaped(plainText(frames.at(-1)!))}</desc>`,
    `<style>g{animation:${totalMs}ms step-end infinite}`,
    ...animations,
    "@media(prefers-reduced-motion:reduce){g{animation:none!important}}</style>",
    ...drawWindow(size, options.caption),
    ...parts,
    "</svg>",
  ].join("\n");
}

/** Merges rows that stay the same in successive frames. */
function rowsOf(frames: readonly TerminalFrame[]): Row[] {
  const height = Math.max(...frames.map(({ rows }) => rows.length));
  return Array.from({ length: height }, (_, at) => at).flatMap((at) => {
    const changes = frames.filter(({ rows }, i) => rows[at] !== frames[i - 1]?.rows[at]);
    return changes.map(({ rows, fromMs }, i): Row => ({
      at,
      text: rows[at] ?? "",
      fromMs,
      toMs: changes[i + 1]?.fromMs ?? Infinity,
    }));
  }).filter(({ text }) => text !== "");
}

/** Shows a group from its first to its last time. */
function animation(name: string, { fromMs, toMs }: Row, totalMs: number): string {
  const percent = (ms: number) => `${Number((ms / totalMs * 100).toFixed(2))}%`;
  const stops = [
    ...(fromMs > 0 ? ["0%{visibility:hidden}"] : []),
    `${percent(fromMs)}{visibility:visible}`,
    ...(toMs < totalMs ? [`${percent(toMs)},to{visibility:hidden}`] : []),
  ];
  return `.${name}{animation-name:${name}}@keyframes ${name}{${stops.join("")}}`;
}

interface Size {
  readonly width: number;
  readonly height: number;
}

function openingTag({ width, height }: Size): string {
  const size = `viewBox="0 0 ${width} ${height}" width="${width}" height="${height}"`;
  const font = `font-family="${FONT}" font-size="${FONT_SIZE}" fill="${INK}"`;
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size} ${font} role="img">`;
}

/** Draws the ground and the title bar. */
function drawWindow({ width, height }: Size, caption: string): string[] {
  const { fill, stroke, bar } = GROUND;
  const edge = width - 0.5;
  return [
    `<rect x=".5" y=".5" width="${width - 1}" height="${height - 1}" rx="9.5" fill="${fill}"/>`,
    `<path d="M.5 ${BAR}V10a9.5 9.5 0 0 1 9.5-9.5H${width - 10}a9.5 9.5 0 0 1 9.5 9.5V${BAR}" ` +
    `fill="${bar}"/>`,
    `<path d="M.5 ${BAR}H${edge}" stroke="${stroke}"/>`,
    `<rect x=".5" y=".5" width="${width - 1}" height="${height - 1}" rx="9.5" fill="none" ` +
    `stroke="${stroke}"/>`,
    ...LIGHTS.map((light, i) =>
      `<circle cx="${22 + 20 * i}" cy="${BAR / 2}" r="6" fill="${light}"/>`
    ),
    `<text x="${width / 2}" y="${BAR / 2 + 4.5}" font-size="13" fill="${DIM}" ` +
    `text-anchor="middle">${escaped(caption)}</text>`,
  ];
}

function drawRow({ at, text }: Row): string {
  const y = BAR + PADDING + at * ROW + FONT_SIZE;
  return `<text x="${PADDING}" y="${y}" xml:space="preserve">${drawSpans(text)}</text>`;
}

/** The attributes of each escape code; codes that end a style have none. */
const STARTS: Readonly<Record<string, readonly [name: string, value: string]>> = {
  1: ["font-weight", "700"],
  2: ["fill", DIM],
  31: ["fill", "#ff7b72"],
  32: ["fill", "#56d364"],
  33: ["fill", "#e3b341"],
  34: ["fill", "#79b8ff"],
  36: ["fill", "#56d4dd"],
};
const ENDS: Readonly<Record<string, readonly string[]>> = {
  0: ["fill", "font-weight"],
  22: ["font-weight"],
  39: ["fill"],
};

/** Draws a row with escape codes as spans. */
function drawSpans(row: string): string {
  const attributes = new Map<string, string>();
  let spans = "";
  // deno-lint-ignore no-control-regex -- escape codes are made of these
  for (const [i, part] of row.split(/\x1b\[(\d+)m/).entries()) {
    if (i % 2 === 1) applyCode(attributes, part);
    else if (part !== "") {
      const list = Array.from(attributes, ([name, value]) => ` ${name}="${value}"`).join("");
      spans += list === "" ? escaped(part) : `<tspan${list}>${escaped(part)}</tspan>`;
    }
  }
  return spans;
}

/** @throws {Error} when the code is unknown. */
function applyCode(attributes: Map<string, string>, code: string): void {
  const start = STARTS[code];
  if (start) return void attributes.set(...start);
  if (!ENDS[code]) throw new Error(`Cannot draw the escape code ${code}: it is unknown`);
  for (const name of ENDS[code]) attributes.delete(name);
  // The code 22 ends dim text, too.
  if (code === "22" && attributes.get("fill") === DIM) attributes.delete("fill");
}

/** The last frame as text, for screen readers. */
function plainText({ rows }: TerminalFrame): string {
  return rows.map(plainStyle.sanitize).join("\n");
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
