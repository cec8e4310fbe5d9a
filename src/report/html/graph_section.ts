/**
 * The graph section of the page. A small graph has a box per task and a line per dependency. In a
 * larger graph lines are unreadable, so it is shown as a bar chart of the tasks per level.
 */
import { plural } from "../../base/text_format.ts";
import { formatDuration } from "../../base/duration.ts";
import {
  hasReadableLines,
  type LayeredLayout,
  layeredLayout,
} from "../../layout/layered_layout.ts";
import { levelsOf } from "../../layout/levels.ts";
import { linePathData } from "../../layout/trace_line.ts";
import { truncateWidth } from "../../base/display_width.ts";
import { DISPLAY_OUTCOMES, displayOutcome, formatCount, type PageModel } from "./page_model.ts";
import { html, type SafeHtml } from "../../base/safe_html.ts";

const BOX = { width: 184, height: 36 };
const LAYOUT = { isVertical: false, boxOf: () => BOX, layerGap: 64, boxGap: 14, lineGap: 9 };
const MARGIN = 12;
/** Maximum length of a name, in columns of a monospaced font. */
const NAME_MAX = 18;

/** The section with the graph. */
export function graphSection(model: PageModel): SafeHtml {
  const { tasks } = model.view;
  if (tasks.length === 0) return html``;
  const edges = tasks.reduce((sum, { after }) => sum + after.length, 0);
  return html`<section aria-labelledby="graph-title">
<h2 id="graph-title">Graph <small>${formatCount(edges)} ${
    edges === 1 ? "dependency" : "dependencies"
  }</small></h2>
${hasReadableLines(tasks) ? boxes(model) : bars(model)}
</section>`;
}

function boxes(model: PageModel): SafeHtml {
  const { tasks } = model.view;
  const layout = layeredLayout(tasks, LAYOUT);
  const [width, height] = [layout.width + 2 * MARGIN, layout.height + 2 * MARGIN];
  const levels = levelsOf(tasks).reduce((most, level) => Math.max(most, level), 0) + 1;
  const label = `${plural(tasks.length, "task")} in ${plural(levels, "level")}`;
  const viewBox = `${-MARGIN} ${-MARGIN} ${width} ${height}`;
  return html`
    <div class="scroll" tabindex="0" role="group" aria-label="Graph: ${label}">
      <svg class="graph" width="${width}" height="${height}" viewBox="${viewBox}">
    <g>${linesOf(model, layout)}</g>
    ${readingOrder(layout).map((task) => box(model, task, layout))}
      </svg>
    </div>
  `;
}

/** The tasks from left to right, and from top to bottom: the order of the Tab key. */
function readingOrder({ x, y }: LayeredLayout): number[] {
  return Array.from(x.keys()).sort((a, b) => x[a]! - x[b]! || y[a]! - y[b]!);
}

/** The lines of all dependencies; those of the critical path come last and are drawn on top. */
function linesOf({ path }: PageModel, { lines }: LayeredLayout): SafeHtml[] {
  const plain: SafeHtml[] = [];
  const marked: SafeHtml[] = [];
  const next = new Map<number, number>(
    path.tasks.slice(1).map((task, i) => [path.tasks[i]!, task]),
  );
  for (const { from, to, points } of lines) {
    const follower = next.get(from);
    const isCritical = follower !== undefined && to.includes(follower);
    (isCritical ? marked : plain).push(
      html`
        <path class="edge${isCritical && " critical"}" d="${linePathData(points, false)}" />
      `,
    );
  }
  return [...plain, ...marked];
}

function box({ view, isCritical }: PageModel, task: number, { x, y }: LayeredLayout): SafeHtml {
  const { name } = view.tasks[task]!;
  const ending = displayOutcome(view, task);
  const took = view.tookMs[task];
  const title = `${name}: ${ending}${took === undefined ? "" : `, ${formatDuration(took)}`}`;
  const place = `translate(${x[task]!} ${y[task]!})`;
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
