/** Templates of the page: HTML with values and components in it, made into nodes of preact. */
/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import type { Signal } from "@preact/signals";
import htm from "htm";
import { h, type VNode } from "preact";

/** What a field does when something is typed into it. */
export function bindInput(to: Signal<string>): (event: Event) => void {
  return (event) => to.value = (event.target as HTMLInputElement).value;
}

type Html = (strings: TemplateStringsArray, ...values: readonly unknown[]) => VNode;

/** html`<p>${anything}</p>`: what stands there is text, never markup. */
export const html: Html = (htm as unknown as { bind(make: typeof h): Html }).bind(h);
