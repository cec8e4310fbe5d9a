/** Path field with completion. */
import type { Signal } from "@preact/signals";
import { useRef, useState } from "preact/hooks";
import type { FileKind } from "../../ui_protocol.ts";
import { uiClient } from "../client/ui_client.ts";
import { html } from "../views/html_tag.ts";

/** Properties of {@linkcode PathField}. */
export interface PathFieldProps {
  readonly id: string;
  readonly label: string;
  readonly kind: FileKind;
  readonly value: Signal<string>;
  readonly placeholder: string;
  /** Called with the chosen path. */
  readonly onChosen: (path: string) => void;
  /** Called when an empty path is confirmed. */
  readonly onCleared?: () => void;
}

/** The completions of a field, and the highlighted one. */
function useCompletion(kind: FileKind) {
  const [found, setFound] = useState<readonly string[]>([]);
  const [at, setAt] = useState(-1);
  const requestCount = useRef(0);
  const highlighted = useRef<string | undefined>(undefined);
  /** Keeps the highlighted path: a response may arrive between the arrow key and Enter. */
  const setChoices = (paths: readonly string[]) => {
    setFound(paths);
    setAt(highlighted.current === undefined ? -1 : paths.indexOf(highlighted.current));
  };
  return {
    found,
    at,
    step(by: number) {
      const from = at < 0 && by < 0 ? 0 : at;
      const next = (from + by + found.length) % found.length;
      highlighted.current = found[next];
      setAt(next);
    },
    close() {
      requestCount.current++;
      highlighted.current = undefined;
      setChoices([]);
    },
    async complete(typed: string) {
      const count = ++requestCount.current;
      highlighted.current = undefined;
      const entries = await uiClient.files(typed, kind).catch(() => []);
      // Otherwise a newer request is pending.
      if (count === requestCount.current) setChoices(entries.map(({ path }) => path));
    },
  };
}

/** A field for a path in the server's folder, with completion: an ARIA combobox. */
export function PathField(props: PathFieldProps) {
  const { id, label, kind, value, placeholder, onChosen, onCleared } = props;
  const choices = useCompletion(kind);
  const { found, at } = choices;
  const choose = (path: string, isTyped = false) => {
    value.value = path;
    // A folder that is typed and confirmed is opened, with all of its modules.
    const isFolder = path.endsWith("/") && !(isTyped && kind === "module");
    if (isFolder) return void choices.complete(path);
    choices.close();
    if (path.trim() === "") onCleared?.();
    else onChosen(path);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    // The run commits the field by itself.
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      value.value = found[at] ?? value.value;
      return choices.close();
    }
    const action = keyAction(event.key, choices, value.value, choose);
    if (action === undefined) return;
    event.preventDefault();
    action();
  };
  const onInput = (event: InputEvent) => {
    value.value = (event.target as HTMLInputElement).value;
    void choices.complete(value.value);
  };
  const option = (path: string, i: number) =>
    html`
      <li key=${path} id=${`${id}-${i}`} role="option" aria-selected=${i === at}
        onMouseDown=${(event: MouseEvent) => {
          event.preventDefault(); // the field keeps the focus
          choose(path);
        }}>${path}</li>
    `;
  return html`
    <div class="path-field">
      <label for=${id}>${label}</label>
      <input id=${id} type="text" role="combobox" autocomplete="off" spellcheck=${false}
        aria-autocomplete="list" aria-expanded=${found.length > 0} aria-controls=${`${id}-list`}
        aria-activedescendant=${at >= 0 ? `${id}-${at}` : undefined}
        placeholder=${placeholder} value=${value.value} onInput=${onInput} onKeyDown=${onKeyDown}
        onClick=${() => void choices.complete(value.value)} onBlur=${choices.close} />
      <ul id=${`${id}-list`} class="choices" role="listbox" aria-label=${label}
        hidden=${found.length === 0}>${found.map(option)}</ul>
    </div>
  `;
}

/** The action of a key; undefined for keys that enter text. */
function keyAction(
  key: string,
  { found, at, step, close, complete }: ReturnType<typeof useCompletion>,
  typed: string,
  choose: (path: string, isTyped?: boolean) => void,
): (() => void) | undefined {
  const by = { ArrowDown: 1, ArrowUp: -1 }[key];
  if (by !== undefined) return () => found.length === 0 ? void complete(typed) : step(by);
  if (key === "Enter") {
    const highlighted = found[at];
    return () => choose(highlighted ?? typed, highlighted === undefined);
  }
  if (key === "Escape" && found.length > 0) return close;
  const [only] = found;
  return key === "Tab" && found.length === 1 && only !== typed ? () => choose(only!) : undefined;
}
