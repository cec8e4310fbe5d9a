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
  /** Sanitizes text of user code: at most colours stay, other escape codes are removed. */
  sanitize(text: string): string;
}

/** Matches OSC commands, such as window titles and links, up to their terminator: BEL or ST. */
// deno-lint-ignore no-control-regex -- escape codes are made of these
const COMMAND = /\x1b\][^\x07\x1b]*(\x07|\x1b\\)/g;

/** The style without colours. */
export const plainStyle: Style = {
  dim: (text) => text,
  bold: (text) => text,
  good: (text) => text,
  bad: (text) => text,
  warn: (text) => text,
  info: (text) => text,
  sanitize: (text) => withoutControls(colors.stripAnsiCode(text.replace(COMMAND, ""))),
};

/**
 * Creates the style with colours. The caller decides about colours, so @std/fmt's own check of the
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
    sanitize: coloursAlone,
  };
}

/** Returns the style with or without colours. */
export function styleFor(isColored: boolean): Style {
  return isColored ? colorStyle() : plainStyle;
}

// deno-lint-ignore no-control-regex -- escape codes are made of these
const COLOUR = /(\x1b\[[\d;]*m)/;

/** Keeps the escape codes that set a colour; others move the cursor or set the window title. */
function coloursAlone(text: string): string {
  const parts = text.split(COLOUR);
  const kept = parts.map((part) => COLOUR.test(part) ? part : plainStyle.sanitize(part)).join("");
  return parts.length > 1 ? `${kept}${RESET}` : kept;
}

const RESET = "\x1b[0m";

/** Removes control characters except line feeds and tabs; other line separators become spaces. */
function withoutControls(text: string): string {
  // deno-lint-ignore no-control-regex -- these are what is taken out
  return text.replace(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/g, "").replace(/[\u2028\u2029]/g, " ");
}
