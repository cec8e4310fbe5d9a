/** A field for a path in the server's folder, completed as it is typed. */
import type { Signal } from "@preact/signals";
import { useRef, useState } from "preact/hooks";
import type { FileKind } from "../protocol.ts";
import { api } from "./api.ts";
import { html } from "./html.ts";

/** How a field is made. */
export interface PathFieldProps {
  readonly id: string;
  readonly label: string;
  readonly kind: FileKind;
  readonly value: Signal<string>;
  readonly placeholder: string;
  /** Called with what was chosen. */
  readonly onChosen: (path: string) => void;
}

/** See the head of this file: a combobox, as ARIA has it. */
export function PathField({ id, label, kind, value, placeholder, onChosen }: PathFieldProps) {
  const [found, setFound] = useState<readonly string[]>([]);
  const [at, setAt] = useState(-1);
  const asked = useRef(0);
  const close = () => {
    asked.current++;
    setFound([]);
    setAt(-1);
  };
  const complete = async (typed: string) => {
    const count = ++asked.current;
    const entries = await api.files(typed, kind).catch(() => []);
    if (count !== asked.current) return; // something else was typed since
    setFound(entries.map(({ path }) => path));
    setAt(-1);
  };
  const take = (path: string) => {
    value.value = path;
    if (path.endsWith("/")) return void complete(path);
    close();
    onChosen(path);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step !== 0) {
      event.preventDefault();
      if (found.length === 0) void complete(value.value);
      else setAt((at + step + found.length) % found.length);
    } else if (event.key === "Enter") {
      event.preventDefault();
      take(found[at] ?? value.value);
    } else if (event.key === "Tab" && found.length === 1 && found[0] !== value.value) {
      event.preventDefault();
      take(found[0]!);
    } else if (event.key === "Escape") close();
  };
  const isOpen = found.length > 0;
  return html`
    <div class="path-field">
      <label for=${id}>${label}</label>
      <input id=${id} type="text" role="combobox" autocomplete="off" spellcheck=${false}
        aria-autocomplete="list" aria-expanded=${isOpen} aria-controls=${`${id}-list`}
        aria-activedescendant=${at >= 0 ? `${id}-${at}` : undefined}
        placeholder=${placeholder} value=${value.value}
        onInput=${(event: InputEvent) => {
          value.value = (event.target as HTMLInputElement).value;
          void complete(value.value);
        }}
        onFocus=${() => void complete(value.value)} onBlur=${close} onKeyDown=${onKeyDown} />
      <ul id=${`${id}-list`} class="choices" role="listbox" aria-label=${label} hidden=${!isOpen}>
          ${found.map((path, i) =>
            html`
              <li key=${path} id=${`${id}-${i}`} role="option" aria-selected=${i === at}
                onMouseDown=${(event: MouseEvent) => {
                  event.preventDefault(); // the field keeps the focus
                  take(path);
                }}>${path}</li>
            `
          )}
        </ul>
    </div>
  `;
}
