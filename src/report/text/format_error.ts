/** An error in lines: its message, own properties, the user's frames, its members and causes. */
import type { ErrorRecord } from "../../base/error_record.ts";
import { withErrorType } from "./error_line.ts";
import { onOneLine, truncate } from "../../base/text_format.ts";
import { type CodeFrame, codeFrame, type SourceLine } from "./code_frame.ts";
import { formatFrame, type Frame, userFrames } from "./stack_frames.ts";
import type { Style } from "../style.ts";

/** What helps to say where something happened. */
export interface ErrorContext {
  /** The current folder: files inside of it are named from there. */
  readonly folder?: string | undefined;
  /** Reads the user's source; without it no source is shown. */
  readonly sourceLine?: SourceLine | undefined;
  /** How wide the terminal is that it is read on, if it is one. */
  readonly columns?: number | undefined;
}

/** Describes an error. The first line goes after a name; the others are indented below it. */
export function formatError(error: ErrorRecord, style: Style, context: ErrorContext): string[] {
  return describe(error, 1, { style, context, excerpted: new Set() });
}

interface FormatState {
  readonly style: Style;
  readonly context: ErrorContext;
  /** Where source was shown already: causes and members often come from one line. */
  readonly excerpted: Set<string>;
}

/** Deep recursion and big diffs: their beginning tells the story. */
const FRAMES_MAX = 8;
const PROPS_MAX = 20;
const LINES_MAX = 60;
const LINE_MAX = 1000;
const EXCERPTS_MAX = 3;

function describe(error: ErrorRecord, depth: number, state: FormatState): string[] {
  const { style, context } = state;
  const indent = "  ".repeat(depth);
  const indented = (line: string) => line.trim() === "" ? "" : indent + line;
  const [first = "", ...rest] = textLines(error.message, style);
  const props = propsLines(error.props ?? {}, style);
  const frames = userFrames(error.stack, error.message);
  const shown = shortened(frames.map((frame) => style.dim(formatFrame(frame, context.folder))));
  const excerpt = frames[0] === undefined ? [] : excerptLines(frames[0], depth, state);
  const nested = (head: string, inner: ErrorRecord) => {
    const [line = "", ...more] = describe(inner, depth + 1, state);
    return [`${indent}${head} ${line}`, ...more];
  };
  return [
    withErrorType(error, first),
    ...[...rest, ...props, ...shown.slice(0, 1), ...excerpt, ...shown.slice(1)].map(indented),
    ...(error.errors ?? []).flatMap((member, index) => nested(`[${index}]`, member)),
    ...(error.cause === undefined ? [] : nested("caused by", error.cause)),
  ];
}

function propsLines(props: Readonly<Record<string, string>>, style: Style): string[] {
  const all = Object.entries(props);
  const rest = all.length - PROPS_MAX;
  return [
    ...all.slice(0, PROPS_MAX)
      .flatMap(([key, value]) => textLines(`${onOneLine(key)}: ${value}`, style)),
    ...(rest > 0 ? [`… and ${rest} more properties`] : []),
  ];
}

/** A text of the user's in lines: as many as are read, and never two blank ones in a row. */
function textLines(text: string, style: Style): string[] {
  const lines = text.trimEnd().split("\n").map((line) =>
    style.sanitize(truncate(line, LINE_MAX)).trimEnd()
  );
  const dense = lines.filter((line, i) => i === 0 || line !== "" || lines[i - 1] !== "");
  const rest = dense.length - LINES_MAX;
  return rest > 0 ? [...dense.slice(0, LINES_MAX), `… and ${rest} more lines`] : dense;
}

/** The first ones, and the last: the one that was called by us. */
function shortened(frames: readonly string[]): string[] {
  const rest = frames.length - FRAMES_MAX;
  if (rest <= 0) return [...frames];
  return [...frames.slice(0, FRAMES_MAX - 2), `… ${rest + 1} more …`, frames.at(-1)!];
}

/** What stands before the source at depth 0: the recap's indent, ours, and the gutter without its number. */
const BEFORE_SOURCE = "  ".length + "  ".length + " | ".length;

function excerptLines(
  frame: Frame,
  depth: number,
  { style, context, excerpted }: FormatState,
): string[] {
  const key = `${frame.url}:${frame.line}`;
  if (excerpted.has(key) || excerpted.size >= EXCERPTS_MAX) return [];
  const before = BEFORE_SOURCE + 2 * depth + String(frame.line).length;
  const excerpt = codeFrame(frame, context.sourceLine, (context.columns ?? Infinity) - before);
  if (!excerpt) return [];
  excerpted.add(key);
  return formatExcerpt(excerpt, style);
}

function formatExcerpt({ line, text, padding }: CodeFrame, style: Style): string[] {
  const gutter = " ".repeat(String(line).length);
  return [
    `  ${style.dim(`${line} |`)} ${text}`,
    `  ${style.dim(`${gutter} |`)} ${padding}${style.bad("^")}`,
  ];
}
