/** Code frames: a source line with a caret below a column. */
import { displayWidth } from "../../base/display_width.ts";
import type { Frame } from "./stack_frames.ts";

/**
 * Returns a line of a module's source, from 1, without its line break; undefined if it is not
 * available. Never throws.
 */
export type SourceLine = (url: string, line: number) => string | undefined;

/** A source line and the position of its caret. */
export interface CodeFrame {
  readonly line: number;
  /** The line without indentation, truncated around the caret. */
  readonly text: string;
  /** The padding before the caret: as many spaces as the text before it has columns. */
  readonly padding: string;
}

/**
 * Returns the code frame of a stack frame, or undefined if there is no source.
 *
 * @param columns Approximate number of columns available.
 */
export function codeFrame(
  frame: Frame,
  sourceLine: SourceLine | undefined,
  columns = Infinity,
): CodeFrame | undefined {
  if (!frame.url.startsWith("file:")) return undefined;
  const source = sourceLine?.(frame.url, frame.line);
  if (source === undefined || source.trim() === "") return undefined;
  const at = frame.column - 1;
  if (at > source.length) return undefined; // the file has changed
  const indent = source.length - source.trimStart().length;
  const length = source.trimEnd().length;
  const widthMax = Math.max(WIDTH_MIN, Math.min(WIDTH_MAX, columns - ELLIPSES));
  const beforeMax = Math.floor(widthMax * BEFORE_PART);
  const isLong = length - indent > widthMax && at - indent > beforeMax;
  const start = isLong ? at - beforeMax : Math.min(indent, at);
  const end = Math.min(length, start + widthMax);
  const [head, tail] = [start > indent ? "…" : "", end < length ? "…" : ""];
  const before = head + printable(source.slice(start, at));
  return {
    line: frame.line,
    text: before + printable(source.slice(at, Math.max(at, end))) + tail,
    padding: " ".repeat(displayWidth(before)),
  };
}

/** Maximum width in columns: a minified module is a single line. */
const WIDTH_MAX = 84;
const WIDTH_MIN = 20;
const BEFORE_PART = 0.6;
const ELLIPSES = "……".length;

/**
 * Replaces each control character, such as a tab, by one space, so that the caret is aligned for
 * any tab width.
 */
function printable(text: string): string {
  // deno-lint-ignore no-control-regex -- these are what is not printed
  return text.replace(/[\x00-\x1f\x7f-\x9f]/g, " ");
}
