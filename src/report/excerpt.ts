/** A line of source with a caret below the place that is meant. */
import { displayWidth } from "./live/width.ts";
import type { Frame } from "./frames.ts";

/**
 * Gives a line of a module's source, from 1, without its line break; undefined where it cannot be
 * had. It never throws.
 */
export type SourceLine = (url: string, line: number) => string | undefined;

/** See the head of this file. */
export interface Excerpt {
  readonly line: number;
  /** The line without indentation, cut to what is read at a glance. */
  readonly text: string;
  /** The blanks up to the caret: as many as the text before it has columns. */
  readonly padding: string;
}

/** The line that a frame names, or undefined where there is none. */
export function excerptOf(frame: Frame, sourceLine: SourceLine | undefined): Excerpt | undefined {
  if (!frame.url.startsWith("file:")) return undefined;
  const source = sourceLine?.(frame.url, frame.line);
  if (source === undefined || source.trim() === "") return undefined;
  const at = frame.column - 1;
  if (at > source.length) return undefined; // the file is another by now
  const indent = source.length - source.trimStart().length;
  const length = source.trimEnd().length;
  const isLong = length - indent > WIDTH_MAX && at - indent > BEFORE_MAX;
  const start = isLong ? at - BEFORE_MAX : Math.min(indent, at);
  const end = Math.min(length, start + WIDTH_MAX);
  const [head, tail] = [start > indent ? "…" : "", end < length ? "…" : ""];
  const before = head + printable(source.slice(start, at));
  return {
    line: frame.line,
    text: before + printable(source.slice(at, Math.max(at, end))) + tail,
    padding: " ".repeat(displayWidth(before)),
  };
}

/** A minified module is one line. */
const WIDTH_MAX = 84;
const BEFORE_MAX = 50;

/** Each tab as one blank, so that the caret stands where it is meant whatever a tab's width is. */
function printable(text: string): string {
  // deno-lint-ignore no-control-regex -- these are what is not printed
  return text.replace(/[\x00-\x1f\x7f-\x9f]/g, " ");
}
