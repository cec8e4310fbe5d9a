/** The screen before a module is open: modules of the folder, and runs of the session. */
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { uiClient } from "../client/ui_client.ts";
import { openPath, showRun } from "../model/actions.ts";
import { history, session } from "../model/store.ts";
import { html } from "./html_tag.ts";
import { describeRun, runEndText, runStatus } from "./run_label.ts";

/** Maximum number of runs; the list on the left has all of them. */
const RUNS_MAX = 5;

/** The modules of the folder; undefined while they are searched. */
const modules = signal<readonly string[] | undefined>(undefined);

/** Modules to open, runs to show, and what else can be done. */
export function FirstScreen() {
  useEffect(() => {
    // The completion of the path works without this list.
    uiClient.modules().catch(() => []).then((found) =>
      modules.value = found.map(({ path }) => path)
    );
  }, []);
  const runs = history.value.toReversed().slice(0, RUNS_MAX);
  return html`<div class="first-screen">
    ${
    runs.length > 0 && html`
      <section aria-labelledby="recent-runs">
        <h2 id="recent-runs">Recent runs</h2>
        <ul>${runs.map((run) =>
          html`<li key=${run.id}><button type="button" onClick=${() => showRun(run)}>
          <span class=${`name ${runStatus(run)}`}>Run ${run.id} <b>${runEndText(run)}</b></span>
          <small>${describeRun(run, true)}</small></button></li>`
        )}</ul>
      </section>
    `
  }
    <section aria-labelledby="found-modules">
      <h2 id="found-modules">Open a module</h2>
      <p class="soft">${modulesHint(modules.value)}</p>
      <ul id="modules">${
    (modules.value ?? []).length > 1 && html`<li key="."><button type="button"
          onClick=${() => void openPath(".")}>All modules of this folder</button></li>`
  }${
    (modules.value ?? []).map((path) =>
      html`<li key=${path}><button type="button" class="name"
          onClick=${() => void openPath(path)}>${path}</button></li>`
    )
  }</ul>
    </section>
    <p class="soft">To replay a run, drop the file of <code>--reporter=json=run.ndjson</code> on the page.</p>
  </div>`;
}

function modulesHint(found: readonly string[] | undefined): string {
  const folder = session.value?.folder ?? "the folder";
  if (found === undefined) return "Searching for modules…";
  if (found.length > 0) return `Modules that import mark, in ${folder}:`;
  return `No module in ${folder} imports mark. Type a path above: it is completed as you type.`;
}
