/** Templates of the page: HTML with values and components in it, made into nodes of preact. */
/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import htm from "htm";
import { h, type VNode } from "preact";

type Html = (strings: TemplateStringsArray, ...values: readonly unknown[]) => VNode;

/** html`<p>${anything}</p>`: what stands there is text, never markup. */
export const html: Html = (htm as unknown as { bind(make: typeof h): Html }).bind(h);
