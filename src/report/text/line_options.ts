/** What lines are made with, from what people ask for: colours, and what is set off by them. */
import { checkHighlights, defaultHighlights, highlight } from "./highlights.ts";
import type { OutputOptions } from "./task_output.ts";
import { styleFor } from "../style.ts";

/** What lines are made with, where colours are a matter of yes or no, and the usual is not named. */
export interface LineOptionsSetup
  extends Pick<OutputOptions, "line" | "stdout" | "verbose" | "now"> {
  readonly isColored: boolean;
  /** `[RegExp, colour]` pairs, not checked yet. */
  readonly highlights: unknown;
  readonly columns?: OutputOptions["columns"];
  readonly mode?: OutputOptions["mode"];
  readonly isBrief?: boolean;
}

/**
 * Adds the highlights and colours to what lines are made with.
 *
 * @throws {UsageError} when the highlights are not `[RegExp, colour]` pairs.
 */
export function lineOptions({ isColored, highlights, ...rest }: LineOptionsSetup): OutputOptions {
  const all = [...defaultHighlights(), ...checkHighlights(highlights)];
  return {
    mode: "live",
    isBrief: false,
    ...rest,
    style: styleFor(isColored),
    highlight: (text) => isColored ? highlight(text, all) : text,
  };
}
