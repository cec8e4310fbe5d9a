/** The format `--graph=svg`: a picture of the graph that needs no other file. */
import { onOneLine, plural } from "../base/text_format.ts";
import { html, trusted } from "../base/safe_html.ts";
import { graphSvg } from "../layout/graph_svg.ts";
import type { Graph } from "./graph.ts";
import { isTask } from "./resources.ts";

/** The colors of both themes. The picture has a ground of its own, for pages of any color. */
const STYLE = `
  svg { color-scheme: light dark; }
  .ground { fill: #fcfcfa; }
  .edge { fill: none; stroke: #5d636d; stroke-opacity: 0.55; stroke-width: 1.3; }
  .frame { fill: #ffffff; stroke: #b9bcc2; }
  text { fill: #1d1f23; font: 13px ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas,
    "DejaVu Sans Mono", monospace; }
  @media (prefers-color-scheme: dark) {
    .ground { fill: #141519; }
    .edge { stroke: #9da3ae; }
    .frame { fill: #1b1d22; stroke: #4a4f59; }
    text { fill: #e8e9ec; }
  }
`;

/** Formats a graph as an SVG picture. A task's tooltip has its name and its tags. */
export function formatSvg(graph: Graph): string {
  const tasks = graph.tasks.map(({ name, kind }, id) => ({
    name,
    kind,
    after: [...graph.dependenciesOf(id)],
  }));
  const { width, height, viewBox, content } = graphSvg(tasks, {
    titleOf(id) {
      const task = graph.tasks[id]!;
      const kind = isTask(task) ? "" : " (resource)";
      const tags = task.tags.length === 0 ? "" : `, tags: ${task.tags.join(", ")}`;
      return onOneLine(task.name + kind + tags).toWellFormed();
    },
  });
  const [x, y] = viewBox.split(" ");
  const label = `Graph: ${plural(graph.size, "task")}`;
  return html`
    <svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"
      viewBox="${viewBox}" role="img" aria-label="${label}">
    <style>${trusted(STYLE)}</style>
    <rect class="ground" x="${x}" y="${y}" width="${width}" height="${height}" rx="10" />
    ${content}</svg>
  `.text.trim();
}
