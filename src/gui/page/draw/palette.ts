/** Colors for canvases. */
import "../views/html_tag.ts";
import { DISPLAY_STATUSES, type DisplayStatus } from "../model/run_model.ts";

/** The colors of the style sheet, for canvases. */
export interface Palette extends Readonly<Record<DisplayStatus, string>> {
  readonly ground: string;
  readonly raised: string;
  readonly ink: string;
  readonly soft: string;
  readonly line: string;
  readonly accent: string;
  readonly mono: string;
}

let cached: Palette | undefined;
const darkScheme = globalThis.matchMedia?.("(prefers-color-scheme: dark)");
darkScheme?.addEventListener("change", () => cached = undefined);

/** Reads the palette, cached until the theme changes. */
export function palette(): Palette {
  if (cached !== undefined) return cached;
  const style = getComputedStyle(document.documentElement);
  const others = ["ground", "raised", "ink", "soft", "line", "accent", "mono"];
  const names = [...DISPLAY_STATUSES, ...others];
  const entries = names.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]);
  return cached = Object.fromEntries(entries);
}
