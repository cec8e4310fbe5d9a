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

/**
 * Opacity of areas by status, where color may be the only cue. Lightness differs, too: red, green
 * and orange of equal lightness look alike to people with a color vision deficiency.
 */
export const STRENGTH: Readonly<Record<DisplayStatus, number>> = {
  waiting: 0.3,
  queued: 0.5,
  running: 1,
  retrying: 1,
  passed: 0.55,
  cached: 0.4,
  flaky: 0.75,
  failed: 1,
  skipped: 0.3,
  unneeded: 0.2,
  cancelled: 0.3,
  unfinished: 0.5,
};

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
