/** Calendar dates. */

/** Formats a date as `2026-01-31`, in UTC. */
export function isoDate(date: Date): string {
  return date.toISOString().slice(0, 10);
}
