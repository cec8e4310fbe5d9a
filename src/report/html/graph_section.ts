/**
 * The graph section of the page. A small graph has a box per task and a line per dependency. In a
 * larger graph lines are unreadable, so it is shown as a bar chart of the tasks per level.
 */
import { plural } from "../../base/text_format.ts";
import { formatDuration } from "../../base/duration.ts";
import { type GraphSvg, graphSvg } from "../../layout/graph_svg.ts";
import { hasReadableLines } from "../../layout/layered_layout.ts";
import { levelsOf } from "../../layout/levels.ts";
import { DISPLAY_OUTCOMES, displayOutcome, formatCount, type PageModel } from "./page_model.ts";
import { html, type SafeHtml } from "../../base/safe_html.ts";

/** Minimum scale of the picture: its names are still readable. */
const SCALE_MIN = 0.6;
/** Width of the page's content in pixels, on a screen that is wide enough. */
const CONTENT_WIDTH = 1114;

/** The section with the graph, and the style of its picture. */
export interface GraphSection {
  readonly section: SafeHtml;
  /** Lets the picture have the width of the page, within limits that depend on the graph. */
  readonly style: string;
}

/** Creates the section with the graph. */
export function graphSection(model: PageModel): GraphSection {
  const { tasks } = model.view;
  if (tasks.length === 0) return { section: html``, style: "" };
  const edges = tasks.reduce((sum, { after }) => sum + after.length, 0);
  const svg = hasReadableLines(tasks) ? picture(model) : undefined;
  const section = html`<section aria-labelledby="graph-title">
<h2 id="graph-title">Graph <small>${formatCount(edges)} ${
    edges === 1 ? "dependency" : "dependencies"
  }</small></h2>
${svg === undefined ? bars(model) : boxes(model, svg)}
</section>`;
  return { section, style: svg === undefined ? "" : widthLimits(svg) };
}

function widthLimits({ width }: GraphSvg): string {
  return `.graph{min-width:${Math.round(width * SCALE_MIN)}px;max-width:${width}px}`;
}

function boxes(model: PageModel, { width, height, viewBox, content }: GraphSvg): SafeHtml {
  const { tasks } = model.view;
  const levels = levelsOf(tasks).reduce((most, level) => Math.max(most, level), 0) + 1;
  const label = `${plural(tasks.length, "task")} in ${plural(levels, "level")}`;
  const isCut = width * SCALE_MIN > CONTENT_WIDTH;
  return html`
    <div class="scroll" tabindex="0" role="group" aria-label="Graph: ${label}">
      <svg class="graph" width="${width}" height="${height}" viewBox="${viewBox}">
    ${content}
      </svg>
    </div>
    ${isCut && html`<p class="hint">The graph is wider than the page: scroll to the right.</p>`}
  `;
}

/** Draws the graph; the lines of the critical path are marked. */
function picture({ view, path, isCritical }: PageModel): GraphSvg {
  const next = new Map<number, number>(
    path.tasks.slice(1).map((task, i) => [path.tasks[i]!, task]),
  );
  return graphSvg(view.tasks, {
    stateOf: (task) => `${displayOutcome(view, task)}${isCritical(task) ? " critical" : ""}`,
    titleOf(task) {
      const took = view.tookMs[task];
      const time = took === undefined ? "" : `, ${formatDuration(took)}`;
      return `${view.tasks[task]!.name}: ${displayOutcome(view, task)}${time}`;
    },
    linkOf(task) {
      const outcome = displayOutcome(view, task);
      return outcome === "failed" || outcome === "flaky" ? `#task-${task}` : undefined;
    },
    isMarked({ from, to }) {
      const follower = next.get(from);
      return follower !== undefined && to.includes(follower);
    },
  });
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
