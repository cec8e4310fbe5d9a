/** Text styles: code that formats text receives a style and never queries the terminal. */
import * as colors from "@std/fmt/colors";

/** Styles for parts of a text. */
export interface Style {
  dim(text: string): string;
  bold(text: string): string;
  good(text: string): string;
  bad(text: string): string;
  warn(text: string): string;
  info(text: string): string;
  /** Options and commands. */
  code(text: string): string;
  /** Sanitizes text of user code: at most colors stay, other escape codes are removed. */
  sanitize(text: string): string;
}

/** Matches OSC commands, such as window titles and links, up to their terminator: BEL or ST. */
// deno-lint-ignore no-control-regex -- escape codes are made of these
const COMMAND = /\x1b\][^\x07\x1b]*(\x07|\x1b\\)/g;

/** The style without colors. */
export const plainStyle: Style = {
  dim: (text) => text,
  bold: (text) => text,
  good: (text) => text,
  bad: (text) => text,
  warn: (text) => text,
  info: (text) => text,
  code: (text) => text,
  sanitize: (text) => withoutControls(colors.stripAnsiCode(text.replace(COMMAND, ""))),
};

/**
 * Creates the style with colors. The caller decides about colors, so @std/fmt's own check of the
 * environment is overridden.
 */
export function colorStyle(): Style {
  colors.setColorEnabled(true);
  return {
    dim: colors.dim,
    bold: colors.bold,
    good: colors.green,
    bad: colors.red,
    warn: colors.yellow,
    info: (text) => colors.bold(colors.blue(text)),
    code: colors.cyan,
    sanitize: colorsAlone,
  };
}

/** Returns the style with or without colors. */
export function styleFor(isColored: boolean): Style {
  return isColored ? colorStyle() : plainStyle;
}

// deno-lint-ignore no-control-regex -- escape codes are made of these
const COLOR = /(\x1b\[[\d;]*m)/;

/** Keeps the escape codes that set a color; others move the cursor or set the window title. */
function colorsAlone(text: string): string {
  const parts = text.split(COLOR);
  const kept = parts.map((part) => COLOR.test(part) ? part : plainStyle.sanitize(part)).join("");
  return parts.length > 1 ? `${kept}${RESET}` : kept;
}

const RESET = "\x1b[0m";

/** Removes control characters except line feeds and tabs; other line separators become spaces. */
function withoutControls(text: string): string {
  // deno-lint-ignore no-control-regex -- these are what is taken out
  return text.replace(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/g, "").replace(/[\u2028\u2029]/g, " ");
}
