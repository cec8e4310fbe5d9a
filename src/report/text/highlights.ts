/** Highlights of the log: patterns, each with a color. */
import * as colors from "@std/fmt/colors";
import { recordError } from "../../base/error_record.ts";
import { UsageError } from "../../base/errors.ts";
import { didYouMean } from "../../base/suggest.ts";

/** Applies a color to a text. */
export type Painter = (text: string) => string;

/** A pattern and its color. */
export interface Highlight {
  readonly pattern: RegExp;
  readonly paint: Painter;
}

/** Colors by name. */
const NAMED: Readonly<Record<string, Painter>> = {
  black: colors.black,
  red: colors.red,
  green: colors.green,
  yellow: colors.yellow,
  blue: colors.blue,
  magenta: colors.magenta,
  cyan: colors.cyan,
  white: colors.white,
  gray: colors.gray,
  bold: colors.bold,
  dim: colors.dim,
  italic: colors.italic,
  underline: colors.underline,
};

/** The highlights of every log. */
export function defaultHighlights(): Highlight[] {
  return [
    { pattern: /\bPASSED\b/gi, paint: colors.green },
    { pattern: /\bFAILED\b/gi, paint: colors.red },
    { pattern: /\bSKIPPED\b/gi, paint: colors.yellow },
    { pattern: /\bCANCELLED\b/gi, paint: colors.yellow },
  ];
}

/**
 * Validates the result of `addLoggingHighlights()`.
 *
 * @returns The highlights, with global patterns.
 * @throws {UsageError} when the value is not an array of `[RegExp, color]` pairs.
 */
export function checkHighlights(value: unknown): Highlight[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) {
    throw highlightsError(
      `expected an array of [RegExp, color] pairs, got ${Deno.inspect(value)}`,
    );
  }
  return value.map((pair, index) => {
    if (!Array.isArray(pair) || pair.length !== 2) {
      throw highlightsError(
        `item ${index}: expected a [RegExp, color] pair, got ${Deno.inspect(pair)}`,
      );
    }
    const [pattern, color] = pair as [unknown, unknown];
    if (!(pattern instanceof RegExp)) {
      throw highlightsError(
        `item ${index}: expected a RegExp, got ${Deno.inspect(pattern)}`,
      );
    }
    const flags = pattern.flags.includes("g") ? pattern.flags : `${pattern.flags}g`;
    return { pattern: new RegExp(pattern.source, flags), paint: painterOf(color, index) };
  });
}

/**
 * Colors the matches of the highlights. Each part of the text gets at most one color, that of the
 * first highlight that matches it: escape codes are not matched again.
 */
export function highlight(text: string, highlights: readonly Highlight[]): string {
  const marks: { start: number; end: number; paint: Painter }[] = [];
  const isPainted = new Uint8Array(text.length);
  for (const { pattern, paint } of highlights) {
    for (const { index: start, 0: match } of text.matchAll(pattern)) {
      const end = start + match.length;
      if (match === "" || isPainted.subarray(start, end).includes(1)) continue;
      isPainted.fill(1, start, end);
      marks.push({ start, end, paint });
    }
  }
  let painted = "";
  let at = 0;
  for (const { start, end, paint } of marks.sort((a, b) => a.start - b.start)) {
    painted += text.slice(at, start) + paint(text.slice(start, end));
    at = end;
  }
  return painted + text.slice(at);
}

function painterOf(color: unknown, index: number): Painter {
  if (typeof color === "function") return checkedPainter(color as (text: string) => unknown, index);
  const named = typeof color === "string" ? NAMED[color] : undefined;
  if (named) return named;
  const names = Object.keys(NAMED);
  const hint = typeof color === "string" ? didYouMean(color, names) : "";
  throw highlightsError(
    `item ${index}: expected a function or one of ${names.join(", ")}, ` +
      `got ${Deno.inspect(color)}${hint}`,
  );
}

/**
 * Wraps a color function of the user after a trial call. If a later call fails, the text stays
 * plain.
 */
function checkedPainter(color: (text: string) => unknown, index: number): Painter {
  const paint = (text: string) => {
    const painted = color(text);
    if (typeof painted === "string") return painted;
    throw new TypeError(`expected a string, got ${Deno.inspect(painted)}`);
  };
  try {
    paint("text");
  } catch (error) {
    const { type, message } = recordError(error);
    throw highlightsError(`item ${index}: the color function failed: ${type}: ${message}`);
  }
  return (text) => {
    try {
      return paint(text);
    } catch {
      return text;
    }
  };
}

function highlightsError(reason: string): UsageError {
  return new UsageError(`Cannot use the logging highlights: ${reason}`);
}
