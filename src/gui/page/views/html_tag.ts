/** HTML templates with values and components, as nodes of preact. */
/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import type { Signal } from "@preact/signals";
import htm from "htm";
import { h, type VNode } from "preact";

/** An input handler that writes the typed text into a signal. */
export function bindInput(to: Signal<string>): (event: Event) => void {
  return (event) => to.value = (event.target as HTMLInputElement).value;
}

type Html = (strings: TemplateStringsArray, ...values: readonly unknown[]) => VNode;

/** html`<p>${anything}</p>`: values are text, never markup. */
export const html: Html = (htm as unknown as { bind(make: typeof h): Html }).bind(h);
