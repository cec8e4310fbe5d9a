/**
 * The graph section of the page. A small graph has a box per task and a line per dependency. In a
 * larger graph lines are unreadable, so it is shown as a bar chart of the tasks per level.
 */
import { plural } from "../../base/text_format.ts";
import { levelsOf } from "../../layout/levels.ts";
import { formatDuration } from "../../base/duration.ts";
import { truncateWidth } from "../live/display_width.ts";
import { DISPLAY_OUTCOMES, displayOutcome, formatCount, type PageModel } from "./page_model.ts";
import { assignCoordinates } from "./assign_coordinates.ts";
import { layeredLayout, type Layout } from "./layered_layout.ts";
import { html, type SafeHtml } from "./safe_html.ts";

const TASKS_MAX = 500;
const EDGES_MAX = 3000;

const BOX = { width: 184, height: 36 };
const GAP = { x: 64, y: 14 };
const MARGIN = 12;
/** Maximum length of a name, in columns of a monospaced font. */
const NAME_MAX = 18;

/** The section with the graph. */
export function graphSection(model: PageModel): SafeHtml {
  const { tasks } = model.view;
  if (tasks.length === 0) return html``;
  const edges = tasks.reduce((sum, { after }) => sum + after.length, 0);
  const isSmall = tasks.length <= TASKS_MAX && edges <= EDGES_MAX;
  return html`<section aria-labelledby="graph-title">
<h2 id="graph-title">Graph <small>${formatCount(edges)} ${
    edges === 1 ? "dependency" : "dependencies"
  }</small></h2>
${isSmall ? boxes(model) : bars(model)}
</section>`;
}

/** Coordinates of the nodes: the left end, vertically centred. */
interface GraphDrawing {
  readonly layout: Layout;
  readonly x: Float64Array;
  readonly y: Float64Array;
}

function boxes(model: PageModel): SafeHtml {
  const { tasks } = model.view;
  const layout = layeredLayout(tasks);
  const heights = assignCoordinates(layout, tasks.length, { box: BOX.height, bend: 2, gap: GAP.y });
  const x = new Float64Array(heights.length);
  for (const [level, column] of layout.columns.entries()) {
    for (const node of column) x[node] = MARGIN + level * (BOX.width + GAP.x);
  }
  const picture = { layout, x, y: heights.map((it) => Math.round(it) + MARGIN) };
  const most = (values: Float64Array) => values.reduce((a, b) => Math.max(a, b), 0);
  const [width, height] = [most(x) + BOX.width + MARGIN, most(picture.y) + BOX.height / 2 + MARGIN];
  const levels = layout.columns.length;
  const label = `${plural(tasks.length, "task")} in ${plural(levels, "level")}`;
  return html`
    <div class="scroll" tabindex="0" role="group" aria-label="Graph: ${label}">
      <svg class="graph" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">
    <g>${linesOf(model, picture)}</g>
    ${layout.columns.flat().map((node) => node < tasks.length && box(model, node, picture))}
      </svg>
    </div>
  `;
}

/** The lines of all dependencies; those of the critical path come last and are drawn on top. */
function linesOf({ view, path }: PageModel, picture: GraphDrawing): SafeHtml[] {
  const { before, origins } = picture.layout;
  const critical = criticalNodes(path.tasks, picture.layout);
  const plain: SafeHtml[] = [];
  const marked: SafeHtml[] = [];
  for (const [node, nodes] of before.entries()) {
    for (const from of nodes) {
      const isCritical = critical.get(node) === origins[from];
      const d = curve(picture, from, node, node >= view.tasks.length);
      (isCritical ? marked : plain).push(
        html`
          <path class="edge${isCritical && " critical"}" d="${d}" />
        `,
      );
    }
  }
  return [...plain, ...marked];
}

/** The nodes to which a line of the critical path leads, each with the task at the line's start. */
function criticalNodes(tasks: readonly number[], { before, origins }: Layout): Map<number, number> {
  const nodes = new Map<number, number>();
  for (const [i, task] of tasks.entries()) {
    const from = tasks[i - 1];
    if (from === undefined) continue;
    for (let node = task; node !== from; node = before[node]!.find((it) => origins[it] === from)!) {
      nodes.set(node, from);
    }
  }
  return nodes;
}

/**
 * The curve from the right end of a node to the left end of another, through it if it is a bend.
 */
function curve({ x, y }: GraphDrawing, from: number, to: number, isBend: boolean): string {
  const [x1, y1] = [x[from]! + BOX.width, y[from]!];
  const [x2, y2] = [x[to]!, y[to]!];
  const bend = GAP.x / 2;
  const across = isBend ? `H${x2 + BOX.width}` : "";
  return `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}${across}`;
}

function box({ view, isCritical }: PageModel, task: number, { x, y }: GraphDrawing): SafeHtml {
  const { name } = view.tasks[task]!;
  const ending = displayOutcome(view, task);
  const took = view.tookMs[task];
  const title = `${name}: ${ending}${took === undefined ? "" : `, ${formatDuration(took)}`}`;
  const place = `translate(${x[task]!} ${y[task]! - BOX.height / 2})`;
  const content = html`
    <g class="box ${ending}${isCritical(task) && " critical"}" transform="${place}">
      <title>${title}</title>
      <rect class="frame" width="${BOX.width}" height="${BOX.height}" rx="8" />
      <circle class="dot" cx="16" cy="18" r="4.5" />
      <text x="29" y="22.5">${truncateWidth(name, NAME_MAX)}</text>
    </g>
  `;
  const hasError = ending === "failed" || ending === "flaky";
  return hasError ? html`<a href="#task-${task}">${content}</a>` : content;
}

/** Maximum number of bars that are distinguishable. */
const BARS_MAX = 240;
const BARS = { width: 1000, height: 200 };

function bars({ view }: PageModel): SafeHtml {
  const levels = levelsOf(view.tasks);
  const depth = levels.reduce((most, level) => Math.max(most, level), 0) + 1;
  const count = Math.min(depth, BARS_MAX);
  const perBar = Array.from({ length: count }, () => DISPLAY_OUTCOMES.map(() => 0));
  for (const [task, level] of levels.entries()) {
    perBar[Math.floor(level * count / depth)]![
      DISPLAY_OUTCOMES.indexOf(displayOutcome(view, task))
    ]!++;
  }
  const totals = perBar.map((parts) => parts.reduce((a, b) => a + b, 0));
  const most = totals.reduce((a, b) => Math.max(a, b), 1);
  const step = BARS.width / count;
  const rects = perBar.flatMap((parts, i) => {
    let y = BARS.height;
    return parts.map((part, kind) => {
      const height = part / most * BARS.height;
      y -= height;
      return part > 0 && html`
        <rect class="${DISPLAY_OUTCOMES[kind]}" x="${i * step}" y="${y}" width="${Math.max(
          step * 0.85,
          step - 2,
        )}" height="${height}">
          <title>${DISPLAY_OUTCOMES[kind]}: ${part}</title>
        </rect>
      `;
    });
  });
  const text = `${formatCount(view.tasks.length)} tasks in ${formatCount(depth)} levels`;
  return html`
    <p
      class="lead">${text}, tasks without dependencies on the left; at most ${formatCount(
        most,
      )} in one column.</p>
    <svg class="levels" viewBox="0 0 ${BARS.width} ${BARS
      .height}" preserveAspectRatio="none" role="img"
      aria-label="${text}">${rects}</svg>
  `;
}
