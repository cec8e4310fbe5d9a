/** The source line of a module that cannot be loaded; loaded only when there is one to print. */
import { codeFrame } from "../../report/text/code_frame.ts";
import { formatExcerpt } from "../../report/text/format_error.ts";
import { styleFor } from "../../report/style.ts";
import { sourceLines } from "../system/source_lines.ts";
import type { System } from "../system/system.ts";

/** Number of columns before the source: the indent, and the gutter without its number. */
const BEFORE_SOURCE = "  ".length + " | ".length;

/**
 * Prints the source line of a location with a caret, if its file can be read.
 *
 * @param location `file:///a.ts:3:13`.
 */
export function printExcerpt(location: string, system: System): void {
  const [, url = "", line = "", column = ""] = /^(.*):(\d+):(\d+)$/s.exec(location) ?? [];
  const frame = { call: "", url, line: Number(line), column: Number(column) };
  const columns = system.terminal?.size().columns ?? Infinity;
  const excerpt = codeFrame(frame, sourceLines(system), columns - BEFORE_SOURCE - line.length);
  if (excerpt === undefined) return;
  for (const text of formatExcerpt(excerpt, styleFor(system.isColored))) system.err(text);
}
