/**
 * The picture of the graph. Up to some hundred tasks it has a box for each and a line for each
 * dependency; beyond that nobody can follow the lines, and a column for each level says more.
 */
import { plural } from "../../base/text.ts";
import { formatDuration } from "../duration.ts";
import { endingOf, ENDINGS, type PageFacts } from "./facts.ts";
import { columnsOf, levelsOf } from "./graph_layout.ts";
import { html, type Markup } from "./markup.ts";

const TASKS_MAX = 500;
const EDGES_MAX = 3000;

const BOX = { width: 168, height: 36 };
const GAP = { x: 64, y: 14 };
const MARGIN = 12;
const NAME_MAX = 20;

/** See the head of this file. */
export function graphSection(facts: PageFacts): Markup {
  const { tasks } = facts.view;
  if (tasks.length === 0) return html``;
  const edges = tasks.reduce((sum, { after }) => sum + after.length, 0);
  const isSmall = tasks.length <= TASKS_MAX && edges <= EDGES_MAX;
  return html`<section aria-labelledby="graph-title">
<h2 id="graph-title">Graph <small>${plural(edges, "dependency").replace("ys", "ies")}</small></h2>
${isSmall ? boxes(facts) : bars(facts)}
</section>`;
}

interface Point {
  readonly x: number;
  readonly y: number;
}

function boxes(facts: PageFacts): Markup {
  const { tasks } = facts.view;
  const columns = columnsOf(tasks);
  const rows = columns.reduce((most, column) => Math.max(most, column.length), 0);
  const step = { x: BOX.width + GAP.x, y: BOX.height + GAP.y };
  const at: Point[] = [];
  for (const [level, column] of columns.entries()) {
    const top = MARGIN + (rows - column.length) * step.y / 2;
    for (const [i, task] of column.entries()) {
      at[task] = { x: MARGIN + level * step.x, y: top + i * step.y };
    }
  }
  const width = columns.length * step.x - GAP.x + 2 * MARGIN;
  const height = rows * step.y - GAP.y + 2 * MARGIN;
  const label = `${plural(tasks.length, "task")} in ${plural(columns.length, "level")}`;
  return html`
    <div class="scroll" tabindex="0" role="group" aria-label="Graph: ${label}">
      <svg class="graph" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">
    <g>${edgesOf(facts, at)}</g>
    ${columns.flat().map((task) => box(facts, task, at[task]!))}
      </svg>
    </div>
  `;
}

/** Lines of the critical path come last: they lie on the others. */
function edgesOf({ view, path }: PageFacts, at: readonly Point[]): Markup[] {
  const before = new Map(path.tasks.map((task, i) => [task, path.tasks[i - 1]]));
  const plain: Markup[] = [];
  const critical: Markup[] = [];
  for (const [task, { after }] of view.tasks.entries()) {
    for (const dependency of after) {
      const isCritical = before.get(task as typeof dependency) === dependency;
      const [from, to] = [at[dependency]!, at[task]!];
      (isCritical ? critical : plain).push(
        html`
          <path class="edge${isCritical && " critical"}" d="${curve(from, to)}" />
        `,
      );
    }
  }
  return [...plain, ...critical];
}

function curve(from: Point, to: Point): string {
  const [x1, y1] = [from.x + BOX.width, from.y + BOX.height / 2];
  const [x2, y2] = [to.x, to.y + BOX.height / 2];
  const bend = GAP.x / 2;
  return `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`;
}

function box({ view, isCritical }: PageFacts, task: number, { x, y }: Point): Markup {
  const { name } = view.tasks[task]!;
  const ending = endingOf(view, task);
  const took = view.tookMs[task];
  const title = `${name}: ${ending}${took === undefined ? "" : `, ${formatDuration(took)}`}`;
  const letters = [...name];
  const short = letters.length > NAME_MAX ? `${letters.slice(0, NAME_MAX - 1).join("")}…` : name;
  const content = html`
    <g class="box ${ending}${isCritical(task) && " critical"}" transform="translate(${x} ${y})">
      <title>${title}</title>
      <rect class="frame" width="${BOX.width}" height="${BOX.height}" rx="8" />
      <circle class="dot" cx="16" cy="18" r="4.5" />
      <text x="29" y="22.5">${short}</text>
    </g>
  `;
  const hasError = ending === "failed" || ending === "flaky";
  return hasError ? html`<a href="#task-${task}">${content}</a>` : content;
}

/** So many columns can be told apart. */
const BARS_MAX = 240;
const BARS = { width: 1000, height: 200 };

function bars({ view }: PageFacts): Markup {
  const levels = levelsOf(view.tasks);
  const depth = levels.reduce((most, level) => Math.max(most, level), 0) + 1;
  const count = Math.min(depth, BARS_MAX);
  const perBar = Array.from({ length: count }, () => ENDINGS.map(() => 0));
  for (const [task, level] of levels.entries()) {
    perBar[Math.floor(level * count / depth)]![ENDINGS.indexOf(endingOf(view, task))]!++;
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
        <rect class="${ENDINGS[kind]}" x="${i * step}" y="${y}" width="${Math.max(
          step * 0.85,
          step - 2,
        )}" height="${height}">
          <title>${ENDINGS[kind]}: ${part}</title>
        </rect>
      `;
    });
  });
  const text = `${plural(view.tasks.length, "task")} in ${plural(depth, "level")}`;
  return html`
    <p
      class="lead">${text}, from those that wait for nobody, on the left, to those that wait for most; at most ${most} in one column.</p>
    <svg class="levels" viewBox="0 0 ${BARS.width} ${BARS
      .height}" preserveAspectRatio="none" role="img"
      aria-label="${text}">${rects}</svg>
  `;
}
