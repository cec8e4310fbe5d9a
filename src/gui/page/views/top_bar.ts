/** Top bar: module, run and cancel. */
import { cancelRun, load, openPath } from "../model/actions.ts";
import { html } from "./html_tag.ts";
import { moduleLabel } from "./run_label.ts";
import { PathField } from "../forms/path_field.ts";
import type { RunInfo } from "../../ui_protocol.ts";
import { type DisplayedRun, frame } from "../model/displayed_run.ts";
import { rerunFailed, startRun } from "../client/start_run.ts";
import {
  active,
  cancels,
  history,
  isOpening,
  isStarting,
  opened,
  player,
  settings,
  shown,
} from "../model/store.ts";

/** The top of the page: the module, and the buttons to run and cancel. */
export function TopBar() {
  const open = (path: string) => void openPath(path);
  return html`
    <header class="top">
      <h1 class="brand">tdrun</h1>
      <form class="open" aria-label="Module" onSubmit=${(event: Event) => {
        event.preventDefault();
        open(settings.module.value);
      }}>
        <${PathField} id="module" label="Module" kind="module" value=${settings.module}
          placeholder="build.ts" onChosen=${open} />
        <button type="submit" id="open" disabled=${isOpening.value}
          title="Load the module as it is now">${opened.value?.module ===
              settings.module.value.trim()
            ? "Reload"
            : "Open"}</button>
      </form>
      <${RunButtons} />
    </header>
  `;
}

function RunButtons() {
  frame.value; // the run knows whether tasks have failed
  const isActive = active.value !== undefined;
  const hasEnded = shown.value?.connection === "ended" && player.value === null;
  const hasFailed = hasEnded && canBeRerun(shown.value!);
  const isLast = isLatestRunOfTasks(shown.value?.info);
  const cancelText = ["Cancel", "Stop now", "Kill"][Math.min(cancels.value, 2)];
  const isReady = opened.value !== null && !isActive && !isOpening.value && !isStarting.value;
  return html`
    <div class="actions" role="group" aria-label="Run">
      ${openShownModule()}
      <button type="button" id="run" class="primary" disabled=${!isReady}
        title="Ctrl+Enter" onClick=${() => void startRun()}>Run</button>
      <button type="button" id="rerun" disabled=${!isReady || !hasFailed || !isLast}
        title=${isLast || !hasFailed
          ? "Reuses the results of passed tasks, and runs all others"
          : "A later run has the same tasks: rerun that run instead"}
        onClick=${() => void rerunFailed()}>Rerun failed</button>
      <button type="button" id="cancel" class="danger" disabled=${!isActive &&
        !isOpening.value}
        title="Aborts running tasks; once more does not wait for them"
        onClick=${() => void cancelRun()}>${cancelText}</button>
    </div>
  `;
}

/** The button that opens the module of the shown run, if another one is open, or none. */
function openShownModule() {
  const module = shown.value?.info?.request.module;
  if (module === undefined || module === opened.value?.module || isOpening.value) return "";
  return html`
    <button type="button" id="open-shown" title="The module of the shown run is not open"
      onClick=${() => void load(module)}>Open <span class="name">${moduleLabel(
        module,
      )}</span></button>
  `;
}

/** Whether no later run has the same tasks: `--rerun-failed` reruns the last one. */
function isLatestRunOfTasks(info: RunInfo | null | undefined): boolean {
  if (!info) return false;
  const what = ({ request: { module, names, tags } }: RunInfo) =>
    JSON.stringify([module, names, tags]);
  return history.value.findLast((it) => what(it) === what(info))?.id === info.id;
}

/** Whether tasks have failed, were cancelled, or have no outcome. */
function canBeRerun({ events, model }: DisplayedRun): boolean {
  const { failed, cancelled } = model.view.counts;
  return events.length > 0 && (failed + cancelled > 0 || !model.isFinished);
}
