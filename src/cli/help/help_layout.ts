/** The layout of help texts on a system. */
import { styleFor } from "../../report/style.ts";
import type { System } from "../system/system.ts";
import type { HelpLayout } from "./help_text.ts";

/** Returns the layout for the standard output: its colors, and its width on a terminal. */
export function helpLayout(
  { isOutColored, isOutTerminal, terminal }: Pick<
    System,
    "isOutColored" | "isOutTerminal" | "terminal"
  >,
): HelpLayout {
  return {
    style: styleFor(isOutColored),
    columns: isOutTerminal ? terminal?.size().columns : undefined,
  };
}
