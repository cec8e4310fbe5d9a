/** The state before a run, to be changed, and after it. */
import { signal } from "@preact/signals";
import { useState } from "preact/hooks";
import type { JsonObject } from "../protocol.ts";
import { refreshState } from "./actions.ts";
import { html } from "./html.ts";
import { frame } from "./shown_run.ts";
import {
  problemOfKey,
  type Source,
  SOURCE_NAMES,
  type StateRow,
  textOfValue,
  valueOfText,
  withRow,
} from "./state_rows.ts";
import { active, shown, stateProblem, stateRows } from "./store.ts";

const newKey = signal("");
const newValue = signal("");
const keyProblem = signal("");

/** See the head of this file. */
export function StateView() {
  frame.value;
  const after = shown.value?.end?.state ?? null;
  return html`
    <div class="state-view" tabindex="0">
      <section aria-labelledby="before-title">
          <h2 id="before-title">Before a run</h2>
          <p class="soft legend">Each key is ${source("user")} here, read from the ${source(
            "file",
          )}, or
        made by the ${source("module")}: its setupState sees the others.</p>
          ${stateProblem.value && html`<p class="problem" role="alert">${stateProblem.value}</p>`}
          <${AddKey} />
          <${Before} />
        </section>
      <section aria-labelledby="after-title">
          <h2 id="after-title">After the run</h2>
          ${after === null
            ? html`<p class="soft" id="no-after">${noAfterText()}</p>`
            : html`<${After} after=${after} />`}
        </section>
    </div>
  `;
}

function source(it: Source) {
  return html`<span class=${`source ${it}`}>${SOURCE_NAMES[it]}</span>`;
}

function noAfterText(): string {
  const run = shown.value;
  if (run === null) return "Nothing has run yet.";
  if (run.info === null) return "A recording has events only, no state.";
  return run.link === "over" ? "The run came to no state." : "It is shown when the run is over.";
}

function AddKey() {
  const isLocked = active.value !== undefined;
  const add = (event: Event) => {
    event.preventDefault();
    const key = newKey.value.trim();
    keyProblem.value = problemOfKey(key) ?? "";
    if (keyProblem.value !== "") return;
    stateRows.value = withRow(stateRows.value, {
      key,
      value: valueOfText(newValue.value),
      source: "user",
    });
    newKey.value = newValue.value = "";
    document.getElementById("new-key")?.focus();
    void refreshState();
  };
  const typed = (to: typeof newKey) => (event: Event) => {
    to.value = (event.target as HTMLInputElement).value;
  };
  return html`<form class="add-key" onSubmit=${add} aria-label="Add a key">
    <label for="new-key">Key</label>
    <input id="new-key" value=${newKey.value} onInput=${typed(newKey)} disabled=${isLocked}
      autocomplete="off" spellcheck=${false} />
    <label for="new-value">Value</label>
    <input id="new-value" value=${newValue.value} onInput=${typed(newValue)} disabled=${isLocked}
      placeholder="text or JSON" autocomplete="off" spellcheck=${false} />
    <button type="submit" id="add-key" disabled=${isLocked}>Add</button>
    ${keyProblem.value && html`<p class="problem" role="alert">${keyProblem.value}</p>`}
  </form>`;
}

function Before() {
  if (stateRows.value.length === 0) {
    return html`<p class="soft" id="no-state">The state is empty.</p>`;
  }
  return html`
    <table id="before">
      <thead>
        <tr>
          <th scope="col">From</th>
          <th scope="col">Key</th>
          <th scope="col">Value</th>
          <th scope="col"><span class="unseen">Remove</span></th>
        </tr>
      </thead>
      <tbody>${stateRows.value.map((row) => html`<${Row} key=${row.key} row=${row} />`)}</tbody>
    </table>
  `;
}

function Row({ row: { key, value, source: from } }: { row: StateRow }) {
  const isLocked = active.value !== undefined;
  // What is being typed stays, though the rows change meanwhile.
  const [draft, setDraft] = useState<string>();
  const change = (event: Event) => {
    const text = (event.target as HTMLInputElement).value;
    setDraft(undefined);
    if (text === textOfValue(value)) return;
    stateRows.value = withRow(stateRows.value, { key, value: valueOfText(text), source: "user" });
    void refreshState();
  };
  const remove = () => {
    stateRows.value = stateRows.value.filter((row) => row.key !== key);
    void refreshState();
  };
  return html`
    <tr>
      <td>${source(from)}</td>
      <th scope="row" class="name">${key}</th>
      <td><input class="value name" aria-label=${`Value of ${key}`}
          value=${draft ?? textOfValue(value)} disabled=${isLocked} onChange=${change}
          onInput=${(event: Event) =>
            setDraft((event.target as HTMLInputElement).value)} spellcheck=${false} /></td>
      <td><button type="button" class="quiet" aria-label=${`Remove ${key}`} disabled=${isLocked ||
        from === "module"} onClick=${remove}>×</button></td>
    </tr>
  `;
}

function After({ after }: { after: JsonObject }) {
  const { results, ...rest } = after;
  const before = new Map(stateRows.value.map(({ key, value }) => [key, JSON.stringify(value)]));
  const mark = (key: string, value: unknown) =>
    !before.has(key) ? "new" : before.get(key) === JSON.stringify(value) ? "" : "changed";
  const row = (key: string, value: unknown, what: string) =>
    html`
      <tr key=${`${what} ${key}`}>
        <th scope="row" class="name">${key}</th>
        <td class="soft">${what}</td>
        <td><code>${shorten(value)}</code></td>
      </tr>
    `;
  return html`
    <table id="after">
      <thead>
        <tr>
          <th scope="col">Key</th>
          <th scope="col">Kind</th>
          <th scope="col">Value</th>
        </tr>
      </thead>
      <tbody>
          ${Object.entries(rest).slice(0, KEYS_MAX).map(([key, value]) =>
            row(key, value, mark(key, value))
          )}
          ${Object.entries(results ?? {}).slice(0, KEYS_MAX).map(([key, value]) =>
            row(key, value, "result")
          )}
        </tbody>
    </table>
  `;
}

const KEYS_MAX = 500;
const TEXT_MAX = 2000;

function shorten(value: unknown): string {
  const text = JSON.stringify(value) ?? "";
  return text.length > TEXT_MAX ? `${text.slice(0, TEXT_MAX)}…` : text;
}
