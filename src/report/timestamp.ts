/** Timestamps of log lines. */

/** Formats a local time: `2026-11-23 20:56:47,573`. */
export function timestamp(date: Date): string {
  const two = (value: number) => String(value).padStart(2, "0");
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  return `${day} ${time},${String(date.getMilliseconds()).padStart(3, "0")}`;
}

/** Formats an ISO 8601 time as `2026-11-24 03:00`, local time. */
export function formatMinute(time: string): string {
  return timestamp(new Date(time)).replace(/:\d\d,\d+$/, "");
}
