/** Side panel: settings and runs. */
import { ENGINE_WORKERS_MAX } from "../../../runtime/worker_limits.ts";
import { useRef } from "preact/hooks";
import { type Signal, signal } from "@preact/signals";
import {
  clearStateFile,
  openFile,
  readStateFile,
  replayFile,
  showModule,
  showRun,
} from "../model/actions.ts";
import { bindInput, html } from "../views/html_tag.ts";
import { describeRun, moduleLabel, runEndText, runStatus } from "../views/run_label.ts";
import { quoteTag } from "../model/quote_tag.ts";
import { ModuleList } from "./module_list.ts";
import { PathField } from "./path_field.ts";
import { history, opened, session, settings, shown, tags } from "../model/store.ts";

const recording = signal("");
/** On narrow screens the settings are collapsed, so that the graph is visible. */
const isNarrow = globalThis.matchMedia("(max-width: 760px)").matches;

/** The settings of a run, and the runs of the session. */
export function SettingsPanel() {
  const { workers, names, skipDependents, log, stateFile } = settings;
  return html`
    <aside class="settings" aria-label="Modules, settings and runs">
      <${ModuleList} isOpen=${!isNarrow} />
      <${History} />
      <details open=${!isNarrow}>
        <summary>
          <h2>Settings</h2>
        </summary>
        <div class="fields">
            <div class="field">
              <label for="workers">Workers</label>
              <input id="workers" type="number" min="1" max=${ENGINE_WORKERS_MAX} value=${workers
                .value}
                placeholder=${`auto, ${session.value?.cores ?? 1} cores`} onInput=${bindInput(
                  workers,
                )} />
            </div>
            <${TagField} />
            <div class="field">
              <label for="names">Tasks</label>
              <input id="names" type="text" list="names-list" placeholder="all, or a, b_*"
                spellcheck=${false} value=${names.value} onInput=${bindInput(names)} />
              <datalist id="names-list">
                ${(opened.value?.tasks ?? []).slice(0, 500).map(({ name }) =>
                  html`<option value=${name} />`
                )}
              </datalist>
            </div>
            ${check("skip", "Skip dependents of tasks that did not pass", skipDependents)}
            ${check("log", "Write a log file for each thread", log)}
            <${PathField} id="state-file" label="State file" kind="state" value=${stateFile}
              placeholder="state.json, or drop a file"
              onChosen=${(path: string) =>
                void readStateFile({ path })} onCleared=${clearStateFile} />
            <${PathField} id="recording" label="Replay a recording" kind="recording" value=${recording}
              placeholder="run.ndjson, or drop a file" onChosen=${(path: string) =>
                void replayFile(path)} />
            <${FileButton} />
          </div>
      </details>
    </aside>
  `;
}

function FileButton() {
  const input = useRef<HTMLInputElement>(null);
  return html`
    <div class="field">
      <button type="button" id="choose-file" onClick=${() => input.current!.click()}>
          Choose a file…</button>
      <input ref=${input} id="file" type="file" hidden accept=".json,.yaml,.yml,.ndjson,.jsonl"
        onChange=${(event: Event) => {
          const target = event.target as HTMLInputElement;
          const [file] = target.files ?? [];
          if (file) void openFile(file);
          target.value = "";
        }} />
    </div>
  `;
}

/** Number of tags that are shown at first, and at most. */
const CHIPS_MAX = 6;
const TAGS_MAX = 100;
const showsAllTags = signal(false);

function TagField() {
  const { tags: expression } = settings;
  const add = (tag: string) => {
    const before = expression.value.trim();
    expression.value = before === "" ? tag : `${before} or ${tag}`;
  };
  const rest = Math.min(tags.value.length, TAGS_MAX) - CHIPS_MAX;
  const chip = (tag: string) => {
    const quoted = quoteTag(tag);
    return quoted !== undefined && html`
      <button type="button" key=${tag} class="chip" onClick=${() => add(quoted)}>${tag}</button>
    `;
  };
  return html`
    <div class="field">
      <label for="tags">Tags</label>
      <input id="tags" type="text" placeholder="a and not (b or c)" spellcheck=${false}
        value=${expression.value} onInput=${bindInput(expression)} />
      <div class="chips" role="group" aria-label="Add a tag">
          ${tags.value.slice(0, showsAllTags.value ? TAGS_MAX : CHIPS_MAX).map(chip)}
          ${rest > 0 && !showsAllTags.value && html`
            <button type="button" class="chip" id="more-tags" aria-label=${`Show ${rest} more tags`}
              onClick=${() => showsAllTags.value = true}>+${rest}</button>
          `}
        </div>
    </div>
  `;
}

function check(id: string, label: string, value: Signal<boolean>) {
  return html`<label class="check" for=${id}>
    <input id=${id} type="checkbox" checked=${value.value}
      onChange=${(event: Event) => value.value = (event.target as HTMLInputElement).checked} />
    ${label}
  </label>`;
}

function History() {
  const runs = history.value.toReversed();
  if (runs.length === 0 && opened.value === null) return "";
  const modules = new Set([opened.value?.module, ...runs.map(({ request }) => request.module)]);
  modules.delete(undefined);
  return html`<details class="history" open=${!isNarrow}>
    <summary><h2>Runs of this session</h2> ${
    runs.length > 0 && html`<small>${runs.length}</small>`
  }</summary>
    <ul>
      ${
    opened.value && html`<li key="module"><button type="button" id="show-module"
        aria-pressed=${shown.value === null} onClick=${showModule}>
        <span class="name">${
      moduleLabel(opened.value.module)
    }</span><small>graph, not run</small></button></li>`
  }
      ${
    runs.map((run) =>
      html`<li key=${run.id}><button type="button" id=${`show-run-${run.id}`}
          aria-pressed=${shown.value?.info?.id === run.id} onClick=${() => showRun(run)}>
          <span class=${`name ${runStatus(run)}`}>Run ${run.id} <b>${runEndText(run)}</b></span>
          <small>${describeRun(run, modules.size > 1)}</small></button></li>`
    )
  }
    </ul>
    ${runs.length === 0 && html`<p class="soft">No runs yet.</p>`}
  </details>`;
}
