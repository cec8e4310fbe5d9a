/** State tab. */
import { truncate } from "../../../base/text_format.ts";
import { signal } from "@preact/signals";
import type { JsonObject } from "../../ui_protocol.ts";
import { refreshState } from "../model/actions.ts";
import { bindInput, html } from "./html_tag.ts";
import { addKey, keyProblem, newKey, newValue } from "../forms/new_state_key.ts";
import { frame } from "../model/displayed_run.ts";
import { sourceLabel, StateField } from "../forms/state_field.ts";
import { active, shown, stateProblem, stateRows } from "../model/store.ts";

/** The initial state, editable, and the final state. */
export function StateView() {
  frame.value;
  const after = shown.value?.end?.state ?? null;
  return html`
    <div class="state-view" tabindex="0">
      <section aria-labelledby="before-title">
          <h2 id="before-title">Initial state</h2>
          <p class="soft legend">Each key is ${sourceLabel(
            "user",
          )} here, read from the ${sourceLabel(
            "file",
          )}, or
        made by the ${sourceLabel("module")}: its setupState sees the others.</p>
          ${stateProblem.value && html`<p class="problem" role="alert">${stateProblem.value}</p>`}
          <${AddKey} />
          <${Before} />
        </section>
      <section aria-labelledby="after-title">
          <h2 id="after-title">Final state</h2>
          ${after === null
            ? html`<p class="soft" id="no-after">${noAfterText()}</p>`
            : html`<${After} after=${after} />`}
        </section>
    </div>
  `;
}

function noAfterText(): string {
  const run = shown.value;
  if (run === null) return "Nothing has run yet.";
  if (run.info === null) return "Recordings contain events, but no state.";
  return run.connection === "ended"
    ? "The run ended without a state."
    : "The state is shown when the run has ended.";
}

function AddKey() {
  const isLocked = active.value !== undefined;
  const add = (event: Event) => {
    event.preventDefault();
    if (!addKey()) return;
    document.getElementById("new-key")?.focus();
    void refreshState();
  };
  return html`<form class="add-key" onSubmit=${add} aria-label="Add a key">
    <span class="pair"><label for="new-key">Key</label>
    <input id="new-key" value=${newKey.value} onInput=${bindInput(newKey)} disabled=${isLocked}
      autocomplete="off" spellcheck=${false} /></span>
    <span class="pair"><label for="new-value">Value</label>
    <input id="new-value" value=${newValue.value} onInput=${
    bindInput(newValue)
  } disabled=${isLocked}
      placeholder="text or JSON" autocomplete="off" spellcheck=${false} /></span>
    <button type="submit" id="add-key" disabled=${isLocked}>Add</button>
    ${keyProblem.value && html`<p class="problem" role="alert">${keyProblem.value}</p>`}
  </form>`;
}

/** Maximum number of rows; a search finds the others. */
const ROWS_MAX = 200;

function Before() {
  const rows = stateRows.value;
  if (rows.length === 0) {
    return html`<p class="soft" id="no-state">The state is empty.</p>`;
  }
  const words = keySearch.value.toLowerCase();
  const found = rows.filter(({ key }) => key.toLowerCase().includes(words));
  return html`
    ${rows.length > SEARCHED_MIN && html`<${KeySearch} shown=${found.length} all=${rows.length} />`}
    <table id="before">
      <thead>
        <tr>
          <th scope="col">From</th>
          <th scope="col">Key</th>
          <th scope="col">Value</th>
          <th scope="col"><span class="visually-hidden">Remove</span></th>
        </tr>
      </thead>
      <tbody>${found.slice(0, ROWS_MAX).map((row) =>
        html`<${StateField} key=${row.key} row=${row} />`
      )}</tbody>
    </table>
    ${found.length > ROWS_MAX &&
      html`<p class="soft">and ${found.length - ROWS_MAX} more: use the search</p>`}
  `;
}

/** Number of keys above which a search field is shown. */
const SEARCHED_MIN = 20;
const keySearch = signal("");

function KeySearch({ shown: count, all }: { shown: number; all: number }) {
  return html`
    <p class="add-key"><label for="key-search">Search</label>
      <input id="key-search" type="search" placeholder="keys" value=${keySearch.value}
        spellcheck=${false} onInput=${bindInput(keySearch)} />
      <output class="soft" id="keys-found">${count} of ${all} keys</output></p>
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
        <td>
          <${ValueCell} text=${shorten(value)} />
        </td>
      </tr>
    `;
  const [keys, names] = [Object.entries(rest), Object.entries(results ?? {})];
  const more = Math.max(0, keys.length - KEYS_MAX) + Math.max(0, names.length - KEYS_MAX);
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
          ${keys.slice(0, KEYS_MAX).map(([key, value]) => row(key, value, mark(key, value)))}
          ${names.slice(0, KEYS_MAX).map(([key, value]) => row(key, value, "result"))}
        </tbody>
    </table>
    ${more > 0 && html`<p class="soft">and ${more} more: --state-out=FILE has all of them</p>`}
  `;
}

/** A value; long values scroll, and can be focused for that. */
function ValueCell({ text }: { text: string }) {
  return text.length > SCROLLED_MIN
    ? html`<code class="long" tabindex="0">${text}</code>`
    : html`<code>${text}</code>`;
}

const KEYS_MAX = 500;
const SCROLLED_MIN = 200;
const TEXT_MAX = 2000;

function shorten(value: unknown): string {
  return truncate(JSON.stringify(value) ?? "", TEXT_MAX);
}
