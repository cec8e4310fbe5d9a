/** Root component of the web UI. */
import { failuresOf } from "../model/failures.ts";
import { FailuresView } from "./failures_view.ts";
import { GraphView } from "./graph_view.ts";
import { html } from "./html_tag.ts";
import { LogView } from "./log_view.ts";
import { ReplayBar } from "./replay_bar.ts";
import { RunTaskDialog } from "../forms/run_task_dialog.ts";
import { SettingsPanel } from "../forms/settings_panel.ts";
import { frame } from "../model/displayed_run.ts";
import { StateView } from "./state_view.ts";
import { StatusBar } from "./status_bar.ts";
import { problem, shown, type Tab, tab, TABS, tasks } from "../model/store.ts";
import { TaskDetails } from "./task_details.ts";
import { TasksView } from "./tasks_view.ts";
import { ThreadsView } from "./threads_view.ts";
import { TopBar } from "./top_bar.ts";

const TITLES: Readonly<Record<Tab, string>> = {
  graph: "Graph",
  threads: "Threads",
  tasks: "Tasks",
  log: "Log",
  failures: "Failures",
  state: "State",
};

const VIEWS: Readonly<Record<Tab, () => unknown>> = {
  graph: GraphView,
  threads: ThreadsView,
  tasks: TasksView,
  log: LogView,
  failures: FailuresView,
  state: StateView,
};

/** The whole page: top bar, status, settings, tabs, and the selected task. */
export function App() {
  return html`<div class="app">
    <${TopBar} />
    ${
    problem.value &&
    html`<div class="problem" role="alert" id="problem"><span>${problem.value}</span>
      <button type="button" class="quiet" aria-label="Dismiss" onClick=${() =>
      problem.value = ""}>×</button></div>`
  }
    <${StatusBar} />
    <div class=${tasks.value.length === 0 ? "body without-tasks" : "body"}>
      <${SettingsPanel} />
      <main class="main">
        <div class="tab-bar"><${Tabs} /><${ReplayBar} /></div>
        <div class="panel" role="tabpanel" id=${`panel-${tab.value}`} aria-labelledby=${`tab-${tab.value}`}>
          <${VIEWS[tab.value]} />
        </div>
      </main>
      ${tasks.value.length > 0 && html`<${TaskDetails} />`}
    </div>
    <${RunTaskDialog} />
  </div>`;
}

function Tabs() {
  frame.value;
  const onKeyDown = (event: KeyboardEvent) => {
    const at = TABS.indexOf(tab.value);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: -1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const next = TABS.at(to % TABS.length)!;
    tab.value = next;
    document.getElementById(`tab-${next}`)?.focus();
  };
  return html`<div role="tablist" aria-label="Views" class="tabs" onKeyDown=${onKeyDown}>
    ${
    TABS.map((it) =>
      html`
        <button type="button" role="tab" key=${it} id=${`tab-${it}`} aria-selected=${tab.value ===
          it}
          aria-controls=${`panel-${it}`} tabindex=${tab.value === it ? 0 : -1}
          onClick=${() => tab.value = it}>${TITLES[it]}${badge(it)}</button>
      `
    )
  }
  </div>`;
}

function badge(it: Tab) {
  const run = shown.value;
  if (it !== "failures" || !run) return "";
  const { count } = failuresOf(run);
  return count === 0 ? "" : html`<span class="badge">${count}</span>`;
}
