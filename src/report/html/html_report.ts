/**
 * The HTML page: one file without network access. Its Content-Security-Policy permits only the
 * style and the scripts below, by hash, so that task names and output remain text.
 */
import { cspHash } from "../../runtime/csp_hash.ts";
import type { RunView } from "../../events/run_view.ts";
import { pageData } from "./page_data.ts";
import { errorSections } from "./errors_section.ts";
import { buildPageModel, DISPLAY_OUTCOMES, type HtmlExtras } from "./page_model.ts";
import { graphSection } from "./graph_section.ts";
import { html, json, type SafeHtml, trusted } from "../../base/safe_html.ts";
import { overview, pathSection, verdictOf } from "./overview_section.ts";
import colorStyle from "../../layout/colors.css" with { type: "text" };
import layoutStyle from "./layout.css" with { type: "text" };
import partsStyle from "./parts.css" with { type: "text" };
import tableScript from "./table_bundle.js" with { type: "text" };
import timelineScript from "./timeline_bundle.js" with { type: "text" };

const STYLE = colorStyle + layoutStyle + partsStyle;
const SCRIPTS = [timelineScript, tableScript];

/** Formats a finished run as an HTML page. */
export function htmlReport(view: RunView, extras: HtmlExtras): string {
  const model = buildPageModel(view, extras);
  const graph = graphSection(model);
  const style = STYLE + graph.style;
  return html`
    <!DOCTYPE html>
    <html lang="en">
      <head>
        <meta charset="utf-8">
        <meta http-equiv="Content-Security-Policy" content="${policy(style)}">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <meta name="generator" content="tdrun">
        <title>${extras.module}: ${verdictOf(view).text}</title>
        <style>${trusted(style)}</style>
      </head>
      <body>
    <main>
    ${overview(model)}
    ${errorSections(model)}
    ${pathSection(model)}
    ${timelineSection()}
    ${graph.section}
    ${tableSection()}
    </main>
    <script type="application/json" id="data">${json(pageData(model))}</script>
    ${SCRIPTS.map((script) => html`<script type="module">${trusted(script)}</script>\n`)}</body>
    </html>
  `.text.trim() + "\n";
}

function policy(style: string): string {
  return [
    "default-src 'none'",
    `style-src ${cspHash(style)}`,
    `script-src ${SCRIPTS.map(cspHash).join(" ")}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
}

function timelineSection(): SafeHtml {
  return html`
    <section aria-labelledby="timeline-title">
      <h2 id="timeline-title">Timeline</h2>
      <noscript><p class="lead">The timeline requires JavaScript.</p></noscript>
      <div class="tools" role="group" aria-label="Timeline">
        <button type="button" id="zoom-in">Zoom in</button>
        <button type="button" id="zoom-out">Zoom out</button>
        <button type="button" id="fit">Fit</button>
        <span class="hint">Drag to move, or use the arrow keys; + and − zoom.</span>
      </div>
      <div class="timeline">
        <canvas id="timeline" tabindex="0" role="img"
          aria-label="What each thread ran when; the table below has the same as text"></canvas>
      </div>
      <p id="hover" class="hover" aria-live="polite">&nbsp;</p>
    </section>
  `;
}

function tableSection(): SafeHtml {
  const sortable = (key: string, title: string, number = false) =>
    html`
      <th scope="col" ${number && " class=number"}
        aria-sort="none"><button type="button" data-key="${key}">${title}</button></th>
    `;
  return html`
    <section aria-labelledby="tasks-title">
      <h2 id="tasks-title">Tasks</h2>
      <noscript><p class="lead">The table requires JavaScript.</p></noscript>
      <div class="tools">
        <label>Filter <input id="filter" type="search" autocomplete="off" spellcheck="false" placeholder="name, tag, reason"></label>
        <label>Outcome <select id="ending"><option value="">any</option>${DISPLAY_OUTCOMES.map((
          ending,
        ) => html`<option>${ending}</option>`)}</select></label>
        <output id="count" for="filter ending"></output>
      </div>
      <div class="scroll" tabindex="0" role="group" aria-label="Table of tasks">
        <table>
          <thead>
            <tr>${sortable("name", "Task")}${sortable("outcome", "Outcome")}${sortable(
              "took",
              "Duration",
              true,
            )}${sortable("start", "Start", true)}${sortable(
              "thread",
              "Thread",
            )}<th scope="col">Note</th></tr>
          </thead>
          <tbody id="rows"></tbody>
        </table>
      </div>
      <button type="button" id="more" hidden>Show more</button>
    </section>
  `;
}
