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
}

/** Text as it is. */
export const plainStyle: Style = {
  dim: (text) => text,
  bold: (text) => text,
  good: (text) => text,
  bad: (text) => text,
  warn: (text) => text,
  info: (text) => text,
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
  };
}
