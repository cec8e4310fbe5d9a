/** Durations that are updated on screen, with few digits so that a row does not flicker. */

/** Formats an elapsed time: `0.3s`, `59.9s`, `1m 05s`, `2h 07m`. */
export function formatElapsed(ms: number): string {
  const tenths = Math.floor(Math.max(0, ms) / 100);
  if (tenths < 600) return `${(tenths / 10).toFixed(1)}s`;
  return wholeSeconds(Math.floor(tenths / 10));
}

/** Formats an elapsed time in whole seconds, rounded down: `0s`, `59s`, `1m 05s`. */
export function formatSeconds(ms: number): string {
  return wholeSeconds(Math.floor(Math.max(0, ms) / 1000));
}

/** Formats an estimated time, without tenths: `1s`, `59s`, `1m 05s`, `2h 07m`. */
export function formatApproximately(ms: number): string {
  return wholeSeconds(Math.max(1, Math.round(ms / 1000)));
}

function wholeSeconds(seconds: number): string {
  const two = (value: number) => String(value).padStart(2, "0");
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}m ${two(seconds % 60)}s`;
  return `${Math.floor(minutes / 60)}h ${two(minutes % 60)}m`;
}
