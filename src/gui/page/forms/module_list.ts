/** The modules of a project, at the left: a click limits the next run to the tasks of one. */
import { computed } from "@preact/signals";
import { plural } from "../../../base/text_format.ts";
import { tasksWithStatus } from "../../../events/run_view.ts";
import type { ProjectModule } from "../../ui_protocol.ts";
import { frame } from "../model/displayed_run.ts";
import { opened, settings, shown } from "../model/store.ts";
import { html } from "../views/html_tag.ts";

const NO_COUNTS: ReadonlyMap<ProjectModule, number> = new Map();

/** Number of tasks of each module: counted once for a module, not for each frame of a run. */
const taskCounts = computed(() => {
  const { modules = [], tasks = [] } = opened.value ?? {};
  if (modules.length === 0) return NO_COUNTS;
  return countByModule(modules, tasks.filter(({ kind }) => kind === undefined));
});

/** The list of modules, with the failures of the shown run; nothing if there is one module. */
export function ModuleList({ isOpen }: { readonly isOpen: boolean }) {
  frame.value; // the shown run has new outcomes
  const { modules = [] } = opened.value ?? {};
  if (modules.length === 0) return "";
  const counts = taskCounts.value;
  const failed = countByModule(modules, failedTasks());
  const entry = (module: ProjectModule) => {
    const names = `${module.prefix}*`;
    const isChosen = settings.names.value === names;
    const failures = failed.get(module) ?? 0;
    return html`<li key=${module.path}><button type="button" aria-pressed=${isChosen}
        title=${isChosen ? "Run the tasks of all modules" : "Run the tasks of this module alone"}
        onClick=${() => settings.names.value = isChosen ? "" : names}>
        <span class="name">${module.path}</span>
        <small>${plural(counts.get(module) ?? 0, "task")}${
      failures > 0 && html`, <b class="failed">✕ ${failures} failed</b>`
    }</small></button></li>`;
  };
  return html`
    <details class="history" id="project-modules" open=${isOpen}>
      <summary><h2>Modules</h2> <small>${modules.length}</small></summary>
      <ul>${modules.map(entry)}</ul>
    </details>
  `;
}

interface Named {
  readonly name: string;
}

function failedTasks(): readonly Named[] {
  const view = shown.value?.model.view;
  if (view === undefined || view.counts.failed === 0) return [];
  return tasksWithStatus(view, "failed").map((id) => view.tasks[id]!);
}

function countByModule(
  modules: readonly ProjectModule[],
  tasks: readonly Named[],
): ReadonlyMap<ProjectModule, number> {
  const counts = new Map<ProjectModule, number>();
  for (const { name } of tasks) {
    const module = modules.find(({ prefix }) => name.startsWith(prefix));
    if (module !== undefined) counts.set(module, (counts.get(module) ?? 0) + 1);
  }
  return counts;
}
