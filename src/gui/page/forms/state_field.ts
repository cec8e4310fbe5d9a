/** Field for a value of the state. */
import { useState } from "preact/hooks";
import { refreshState } from "../model/actions.ts";
import { html } from "../views/html_tag.ts";
import {
  formatValue,
  parseValue,
  type Source,
  SOURCE_LABELS,
  type StateRow,
  withRow,
} from "../model/state_rows.ts";
import { active, stateRows } from "../model/store.ts";

/** Maximum length of an editable value, in characters: longer ones are not edited by hand. */
const EDITABLE_MAX = 20_000;

/** The row of one key of the initial state: its source and its editable value. */
export function StateField({ row: { key, value, source: from } }: { row: StateRow }) {
  const isLocked = active.value !== undefined;
  const remove = () => {
    stateRows.value = stateRows.value.filter((row) => row.key !== key);
    void refreshState();
  };
  const text = formatValue(value);
  return html`
    <tr>
      <td>${sourceLabel(from)}</td>
      <th scope="row" class="name">${key}</th>
      <td>${text.length > EDITABLE_MAX
        ? html`<code>${
          text.slice(0, 200)
        }…</code> <small>${text.length} characters: more than can be
          changed here</small>`
        : html`<${Value} name=${key} text=${text} isLocked=${isLocked} />`}</td>
      <td><button type="button" class="quiet" aria-label=${`Remove ${key}`} disabled=${isLocked ||
        from === "module"} onClick=${remove}>×</button></td>
    </tr>
  `;
}

/** The label of a source. */
export function sourceLabel(it: Source) {
  return html`<span class=${`source ${it}`}>${SOURCE_LABELS[it]}</span>`;
}

function Value({ name, text, isLocked }: { name: string; text: string; isLocked: boolean }) {
  // A draft survives changes of the rows.
  const [draft, setDraft] = useState<string>();
  const commit = () => {
    setDraft(undefined);
    if (draft === undefined || draft === text) return;
    stateRows.value = withRow(stateRows.value, {
      key: name,
      value: parseValue(draft),
      source: "user",
    });
    void refreshState();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Escape") setDraft(undefined);
    if (event.key !== "Enter" || event.shiftKey) return;
    event.preventDefault();
    commit(); // before Ctrl+Enter starts the run
  };
  return html`
    <textarea class="value name" rows="1" aria-label=${`Value of ${name}`} spellcheck=${false}
      value=${draft ?? text} disabled=${isLocked} onKeyDown=${onKeyDown} onBlur=${commit}
      onInput=${(event: Event) => setDraft((event.target as HTMLTextAreaElement).value)} />
  `;
}
