/** The visible part of a timeline: zooming and panning, by factors and by keys. Pure. */

/** A part of the run. */
export interface TimeRange {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Minimum length of a range, in ms: the resolution of the clock. */
export const RANGE_MIN_MS = 0.001;

/** Creates a range within the run: shifted, and cut if it is longer than the run. */
export function clampRange(fromMs: number, lengthMs: number, totalMs: number): TimeRange {
  const length = Math.min(totalMs, Math.max(RANGE_MIN_MS, lengthMs));
  const start = Math.min(Math.max(0, fromMs), totalMs - length);
  return { fromMs: start, toMs: start + length };
}

/**
 * Zooms a range, while one time stays in place.
 *
 * @param factor Of the length: below 1 to zoom in.
 * @param part The place of that time, from 0 at the start of the range to 1 at its end.
 */
export function zoomRange(
  { fromMs, toMs }: TimeRange,
  factor: number,
  totalMs: number,
  part = 0.5,
): TimeRange {
  const length = toMs - fromMs;
  const zoomed = Math.min(totalMs, Math.max(RANGE_MIN_MS, length * factor));
  return clampRange(fromMs + part * (length - zoomed), zoomed, totalMs);
}

/** Pans a range by a part of its length. */
export function panRange({ fromMs, toMs }: TimeRange, part: number, totalMs: number): TimeRange {
  const length = toMs - fromMs;
  return clampRange(fromMs + part * length, length, totalMs);
}

type RangeAction = (range: TimeRange, totalMs: number) => TimeRange | null;

/** The keys of a timeline; null is the whole run. */
const KEYS: Readonly<Record<string, RangeAction>> = {
  "+": (range, totalMs) => zoomRange(range, 0.5, totalMs),
  "=": (range, totalMs) => zoomRange(range, 0.5, totalMs),
  "-": (range, totalMs) => zoomRange(range, 2, totalMs),
  "0": () => null,
  "ArrowLeft": (range, totalMs) => panRange(range, -0.2, totalMs),
  "ArrowRight": (range, totalMs) => panRange(range, 0.2, totalMs),
};

/**
 * Applies a key to a range.
 *
 * @returns The new range, null for the whole run, or undefined if the key has no meaning.
 */
export function rangeAfterKey(
  key: string,
  range: TimeRange,
  totalMs: number,
): TimeRange | null | undefined {
  return Object.hasOwn(KEYS, key) ? KEYS[key]!(range, totalMs) : undefined;
}
