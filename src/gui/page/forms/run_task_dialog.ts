/** Dialog that runs a single task. */
import { useEffect, useRef } from "preact/hooks";
import { html } from "../views/html_tag.ts";
import { startTask } from "../client/start_run.ts";
import { formatValue, parseValue } from "../model/state_rows.ts";
import { opened, shown, taskToRun } from "../model/store.ts";

/** The dialog that runs one task alone. The results of its dependencies are typed, or reused. */
export function RunTaskDialog() {
  const name = taskToRun.value;
  return name === null ? null : html`<${Dialog} key=${name} name=${name} />`;
}

function Dialog({ name }: { name: string }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  const after = opened.value?.tasks.find((task) => task.name === name)?.after ?? [];
  const known = (shown.value?.end?.state?.results ?? {}) as Record<string, unknown>;
  const title = shown.value?.title ?? "";
  const close = () => taskToRun.value = null;
  const run = (event: SubmitEvent) => {
    event.preventDefault();
    const typed = new FormData(event.target as HTMLFormElement);
    const mocks = after.flatMap((it) => {
      const text = String(typed.get(it) ?? "");
      if (text !== "") return [[it, parseValue(text)]];
      return isLarge(known[it]) ? [[it, known[it]]] : [];
    });
    close();
    void startTask(name, Object.fromEntries(mocks));
  };
  return html`
    <dialog ref=${dialog} id="run-one-dialog" aria-labelledby="run-one-title" onClose=${close}>
      <form onSubmit=${run}>
        <h2 id="run-one-title">Run <span class="name">${name}</span> alone</h2>
        <p class="soft">${after.length === 0
          ? "The task has no dependencies."
          : "The dependencies do not run. Enter their results as text or JSON; empty results are omitted."}</p>
        <div class="mocks">${after.map((it) =>
          html`<div class="field" key=${it}><label for=${`mock-${it}`} class="name">${it}</label>
        <input id=${`mock-${it}`} name=${it} class="name" spellcheck=${false} autocomplete="off"
          ...${fieldProps(known[it], title)} /></div>`
        )}</div>
        <div class="actions"><button type="submit" class="primary" id="run-one-go">Run</button>
            <button type="button" id="run-one-close" onClick=${close}>Close</button></div>
      </form>
    </dialog>
  `;
}

/** Maximum length of a result in a field, in characters: longer fields respond slowly to keys. */
const EDITABLE_RESULT_MAX = 10_000;

function isLarge(value: unknown): boolean {
  return value !== undefined && formatValue(value).length > EDITABLE_RESULT_MAX;
}

/** Fills a field with the result of the shown run; a large result is a placeholder, and reused. */
function fieldProps(value: unknown, title: string) {
  if (value === undefined) return { value: "" };
  if (!isLarge(value)) return { value: formatValue(value) };
  const size = Math.round(formatValue(value).length / 1000);
  return { value: "", placeholder: `result of ${title}: ${size} kB` };
}
