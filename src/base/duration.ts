/** Parsing and formatting of durations. */

/**
 * A duration: a number of milliseconds, or a number with a unit: `"250ms"`, `"30 s"`, `"1.5m"`,
 * `"2h"`. At most 596 hours.
 */
export type Duration =
  | number
  | `${number}${"ms" | "s" | "m" | "h"}`
  | `${number} ${"ms" | "s" | "m" | "h"}`;

const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Maximum delay of a timer in milliseconds: about 24 days. */
const DURATION_MAX_MS = 2 ** 31 - 1;

/**
 * Converts a duration to milliseconds. A number without a unit may be text, as in options of the
 * command.
 *
 * @param name The option's name, for the message.
 * @throws {RangeError} when the duration is invalid, negative, or longer than a timer can wait.
 */
export function durationMs(duration: number | string, name: string): number {
  const ms = typeof duration === "string" ? parse(duration) : duration;
  if (typeof ms === "number" && ms >= 0 && ms <= DURATION_MAX_MS) return ms;
  const isTooLong = typeof ms === "number" && ms > DURATION_MAX_MS;
  const why = isTooLong
    ? "expected at most 596h"
    : 'expected milliseconds, or a time like "250ms", "30s", "2m", "1h"';
  throw new RangeError(`Cannot use the ${name} ${Deno.inspect(duration)}: ${why}`);
}

function parse(text: string): number {
  const [, number = "", unit = "ms"] = /^(\d+(?:\.\d+)?) *(ms|s|m|h)?$/.exec(text.trim()) ?? [];
  return number === "" ? NaN : Number(number) * UNITS_MS[unit]!;
}

/**
 * Formats a duration with three significant digits: `0.12ms`, `12.3ms`, `123ms`, `1.23s`, `2m 03s`.
 */
export function formatDuration(ms: number): string {
  if (ms < 9.995) return `${ms.toFixed(2)}ms`;
  if (ms < 99.95) return `${ms.toFixed(1)}ms`;
  if (ms < 999.5) return `${ms.toFixed(0)}ms`;
  if (ms < 59_995) return `${(ms / 1000).toFixed(2)}s`;
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)}m ${String(seconds % 60).padStart(2, "0")}s`;
}
