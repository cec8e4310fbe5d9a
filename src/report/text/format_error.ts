/** Formats errors as text: message, own properties, user frames, members and causes. */
import type { ErrorRecord } from "../../base/error_record.ts";
import { withErrorType } from "./error_line.ts";
import { onOneLine, truncate } from "../../base/text_format.ts";
import { type CodeFrame, codeFrame, type SourceLine } from "./code_frame.ts";
import { formatFrame, type Frame, userFrames } from "./stack_frames.ts";
import type { Style } from "../style.ts";

/** The context in which an error is formatted. */
export interface ErrorContext {
  /** The current folder: paths of files in it are relative to it. */
  readonly folder?: string | undefined;
  /** Reads the user's source; without it there are no code frames. */
  readonly sourceLine?: SourceLine | undefined;
  /** The width of the terminal, if the text is for one. */
  readonly columns?: number | undefined;
}

/** Formats an error. The first line is meant to follow a name; the others are indented. */
export function formatError(error: ErrorRecord, style: Style, context: ErrorContext): string[] {
  return describe(error, 1, { style, context, excerpted: new Set() });
}

interface FormatState {
  readonly style: Style;
  readonly context: ErrorContext;
  /** Source lines shown already: causes and members often come from the same line. */
  readonly excerpted: Set<string>;
}

/** Limits for deep recursion and long diffs: their start suffices. */
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

/** Splits user text into lines, truncated, with no two consecutive blank ones. */
function textLines(text: string, style: Style): string[] {
  const lines = text.trimEnd().split("\n").map((line) =>
    style.sanitize(truncate(line, LINE_MAX)).trimEnd()
  );
  const dense = lines.filter((line, i) => i === 0 || line !== "" || lines[i - 1] !== "");
  const rest = dense.length - LINES_MAX;
  return rest > 0 ? [...dense.slice(0, LINES_MAX), `… and ${rest} more lines`] : dense;
}

/** Shortens a stack to its first frames and the last one, which this library called. */
function shortened(frames: readonly string[]): string[] {
  const rest = frames.length - FRAMES_MAX;
  if (rest <= 0) return [...frames];
  return [...frames.slice(0, FRAMES_MAX - 2), `… ${rest + 1} more …`, frames.at(-1)!];
}

/**
 * Number of columns before the source at depth 0: the recap's indent, the frame's, and the gutter
 * without its number.
 */
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

/** Formats a source line and its caret, as two lines. */
export function formatExcerpt({ line, text, padding }: CodeFrame, style: Style): string[] {
  const gutter = " ".repeat(String(line).length);
  return [
    `  ${style.dim(`${line} |`)} ${text}`,
    `  ${style.dim(`${gutter} |`)} ${padding}${style.bad("^")}`,
  ];
}
