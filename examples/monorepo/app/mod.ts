/** The program: prints the moons of Mars, and when they were discovered. */
import { isoDate } from "../dates/mod.ts";
import { formatTable } from "../table/mod.ts";

/** Formats the table that the program prints. */
export function moons(): string {
  return formatTable([
    ["Deimos", isoDate(new Date(Date.UTC(1877, 7, 12)))],
    ["Phobos", isoDate(new Date(Date.UTC(1877, 7, 18)))],
  ], 10);
}

// deno-lint-ignore no-console -- the program prints its result
if (import.meta.main) console.log(moons());
