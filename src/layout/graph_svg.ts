/**
 * The picture of a task graph as SVG: a box for each task, as wide as its longest neighbor needs,
 * and a line for each dependency. The HTML report and `--graph=svg` add their own styles.
 */
import { displayWidth, truncateWidth } from "../base/display_width.ts";
import { html, type SafeHtml } from "../base/safe_html.ts";
import { type LayeredLayout, layeredLayout, type Line, type Size } from "./layered_layout.ts";
import { levelsOf, type TaskEdges } from "./levels.ts";
import { linePathData } from "./trace_line.ts";

/** A node of the picture: a task, or the set-up or tear-down of a resource. */
export interface PictureTask extends TaskEdges {
  readonly name: string;
  /** The kind of a node that is no task; its box has round sides. */
  readonly kind?: string | undefined;
}

/** The marks of a picture: states, tooltips and links. */
export interface PictureMarks {
  /** The classes of a task's box, for its state; without them boxes have no dot. */
  stateOf?(task: number): string;
  /** The tooltip of a task's box. */
  titleOf(task: number): string;
  /** The address that a task's box links to, if any. */
  linkOf?(task: number): string | undefined;
  /** Whether a line is marked; marked lines are drawn on top of the others. */
  isMarked?(line: Line): boolean;
}

/** A picture, in pixels. */
export interface GraphSvg extends Size {
  /** The value of `viewBox`. */
  readonly viewBox: string;
  /** The elements inside of the `svg` element. */
  readonly content: SafeHtml;
}

/** Width of a page in pixels: a wider picture has its levels from top to bottom if that fits. */
const PAGE_WIDTH = 1100;
const MARGIN = 12;
const BOX_HEIGHT = 36;
const CORNER = 8;
/** The space before a name, and before one with a dot. */
const TEXT_LEFT = 14;
const TEXT_LEFT_OF_STATE = 29;
const TEXT_RIGHT = 14;
/** Width of a character of the monospaced font, at 13 pixels. */
const CHARACTER_WIDTH = 7.8;
/** Maximum length of a name in characters; the tooltip has the rest. */
const NAME_MAX = 60;
/** Minimum length of the names of a level in characters, so that no box is a square. */
const NAME_MIN = 4;
const GAPS = { layerGap: 64, boxGap: 14, lineGap: 9 };

/** Draws a graph. */
export function graphSvg(tasks: readonly PictureTask[], marks: PictureMarks): GraphSvg {
  const names = tasks.map(({ name }) => truncateWidth(name, NAME_MAX).toWellFormed());
  const left = marks.stateOf ? TEXT_LEFT_OF_STATE : TEXT_LEFT;
  const widths = boxWidths(tasks, names).map((width) => left + width + TEXT_RIGHT);
  const { layout, isVertical } = bestLayout(tasks, widths);
  const { x, y } = layout;
  // From left to right, or from top to bottom: the order of the Tab key.
  const [along, across] = isVertical ? [y, x] : [x, y];
  const order = Array.from(x.keys()).sort((a, b) =>
    along[a]! - along[b]! || across[a]! - across[b]!
  );
  const toBox = (task: number) => {
    const place = `translate(${x[task]!} ${y[task]!})`;
    const corner = tasks[task]!.kind === undefined ? CORNER : BOX_HEIGHT / 2;
    const size = { width: widths[task]!, left, corner, name: names[task]! };
    return linked(box(task, { ...size, place, marks }), marks.linkOf?.(task));
  };
  const [width, height] = [layout.width + 2 * MARGIN, layout.height + 2 * MARGIN];
  return {
    width,
    height,
    viewBox: `${-MARGIN} ${-MARGIN} ${width} ${height}`,
    content: html`<g>${lines(layout, isVertical, marks)}</g>
${order.map(toBox)}`,
  };
}

/** The width of the text of each box: all boxes of a level have room for its longest name. */
function boxWidths(tasks: readonly PictureTask[], names: readonly string[]): number[] {
  const levels = levelsOf(tasks);
  const most: number[] = [];
  for (const [task, level] of levels.entries()) {
    most[level] = Math.max(most[level] ?? NAME_MIN, displayWidth(names[task]!));
  }
  return Array.from(levels, (level) => {
    return Math.ceil(most[level]! * CHARACTER_WIDTH);
  });
}

/** Lays the graph out in the direction in which it needs less of the page's width. */
function bestLayout(
  tasks: readonly PictureTask[],
  widths: readonly number[],
): { layout: LayeredLayout; isVertical: boolean } {
  const boxOf = (task: number) => ({ width: widths[task]!, height: BOX_HEIGHT });
  const layout = layeredLayout(tasks, { isVertical: false, boxOf, ...GAPS });
  if (layout.width <= PAGE_WIDTH) return { layout, isVertical: false };
  const upright = layeredLayout(tasks, { isVertical: true, boxOf, ...GAPS });
  return upright.width < layout.width
    ? { layout: upright, isVertical: true }
    : { layout, isVertical: false };
}

function lines(layout: LayeredLayout, isVertical: boolean, marks: PictureMarks): SafeHtml[] {
  const isMarked = (line: Line) => marks.isMarked?.(line) ?? false;
  const path = (line: Line) =>
    html`
      <path class="edge${isMarked(line) && " critical"}" d="${linePathData(
        line.points,
        isVertical,
      )}" />
    `;
  const marked = layout.lines.filter(isMarked);
  return [...layout.lines.filter((line) => !isMarked(line)), ...marked].map(path);
}

interface BoxInput {
  readonly name: string;
  readonly width: number;
  /** The start of the name. */
  readonly left: number;
  /** The radius of the corners. */
  readonly corner: number;
  readonly place: string;
  readonly marks: PictureMarks;
}

/** A box. The length of its text is fixed, so that the name fits in any font. */
function box(task: number, { name, width, left, corner, place, marks }: BoxInput): SafeHtml {
  const state = marks.stateOf?.(task);
  const length = Math.round(displayWidth(name) * CHARACTER_WIDTH * 10) / 10;
  return html`
    <g class="box${state && ` ${state}`}" transform="${place}">
      <title>${marks.titleOf(task)}</title>
      <rect class="frame" width="${width}" height="${BOX_HEIGHT}" rx="${corner}" />
      ${state !== undefined && html`<circle class="dot" cx="16" cy="18" r="4.5" />`}
      <text x="${left}" y="22.5" textLength="${length}"
        lengthAdjust="spacingAndGlyphs">${name}</text>
    </g>
  `;
}

function linked(content: SafeHtml, address: string | undefined): SafeHtml {
  return address === undefined ? content : html`<a href="${address}">${content}</a>`;
}
