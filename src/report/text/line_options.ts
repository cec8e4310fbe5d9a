/** Creates the options of line reporters from user options. */
import { checkHighlights, defaultHighlights, highlight } from "./highlights.ts";
import type { OutputOptions } from "./task_output_reporter.ts";
import { styleFor } from "../style.ts";

/** Options of lines with colors as a boolean, and defaults for the rest. */
export interface LineOptionsSetup
  extends Pick<OutputOptions, "line" | "stdout" | "verbose" | "now"> {
  readonly isColored: boolean;
  /** Whether lines on standard output have colors; false by default. */
  readonly isOutColored?: boolean;
  /** `[RegExp, color]` pairs, not yet validated. */
  readonly highlights: unknown;
  readonly columns?: OutputOptions["columns"];
  readonly mode?: OutputOptions["mode"];
  readonly isBrief?: boolean;
  readonly isOfCommand?: boolean;
}

/**
 * Adds highlights and style to the options of lines.
 *
 * @throws {UsageError} when the highlights are not `[RegExp, color]` pairs.
 */
export function lineOptions(
  { isColored, isOutColored = false, highlights, ...rest }: LineOptionsSetup,
): OutputOptions {
  const all = [...defaultHighlights(), ...checkHighlights(highlights)];
  return {
    mode: "live",
    isBrief: false,
    ...rest,
    style: styleFor(isColored),
    stdoutStyle: styleFor(isOutColored),
    highlight: (text) => isColored ? highlight(text, all) : text,
  };
}
