/** Colours, or none: whoever writes text is given a style and never asks about the terminal. */
import * as colors from "@std/fmt/colors";

/** How parts of a text are set off. */
export interface Style {
  dim(text: string): string;
  bold(text: string): string;
  good(text: string): string;
  bad(text: string): string;
  warn(text: string): string;
  info(text: string): string;
  /** A text of somebody else's: with its colours at most, without other escape codes. */
  sanitize(text: string): string;
}

/** What the window is to be called, where a link leads: up to a bell, or an escape code that ends it. */
// deno-lint-ignore no-control-regex -- escape codes are made of these
const COMMAND = /\x1b\][^\x07\x1b]*(\x07|\x1b\\)/g;

/** Text as it is. */
export const plainStyle: Style = {
  dim: (text) => text,
  bold: (text) => text,
  good: (text) => text,
  bad: (text) => text,
  warn: (text) => text,
  info: (text) => text,
  sanitize: (text) => withoutControls(colors.stripAnsiCode(text.replace(COMMAND, ""))),
};

/** Text in colours. The library's own switch would ask the environment; here the caller has asked. */
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

/** Text in colours where they are seen, and as it is elsewhere. */
export function styleFor(isColored: boolean): Style {
  return isColored ? colorStyle() : plainStyle;
}

// deno-lint-ignore no-control-regex -- escape codes are made of these
const COLOUR = /(\x1b\[[\d;]*m)/;

/** Keeps the escape codes that set a colour: others move the cursor, or name the window. */
function coloursAlone(text: string): string {
  const parts = text.split(COLOUR);
  const kept = parts.map((part) => COLOUR.test(part) ? part : plainStyle.sanitize(part)).join("");
  return parts.length > 1 ? `${kept}${RESET}` : kept;
}

const RESET = "\x1b[0m";

/** Line feeds and tabs stay. What else some take for the end of a line is a blank. */
function withoutControls(text: string): string {
  // deno-lint-ignore no-control-regex -- these are what is taken out
  return text.replace(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/g, "").replace(/[\u2028\u2029]/g, " ");
}
