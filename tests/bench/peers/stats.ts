/** Statistics of several rounds, and their formatting. */

/** The median of some numbers; of an even count, the upper middle. */
export function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? NaN;
}

/** The range from lowest to highest, relative to the median. */
export function spread(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return (sorted.at(-1)! - sorted[0]!) / median(numbers);
}

/** Formats three digits, with a unit for large numbers: `618k`, `12.3M`. */
export function short(number: number): string {
  if (number >= 1e6) return `${digits(number / 1e6)}M`;
  if (number >= 1e4) return `${digits(number / 1e3)}k`;
  return digits(number);
}

function digits(number: number): string {
  return number >= 100 ? number.toFixed(0) : number >= 10 ? number.toFixed(1) : number.toFixed(2);
}

/** Formats a Markdown table; the first column is left-aligned, the others right-aligned. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const width = (column: number) => Math.max(3, ...[head, ...rows].map((it) => it[column]!.length));
  const widths = head.map((_, column) => width(column));
  const line = (cells: readonly string[]) =>
    `| ${
      cells.map((it, i) => i === 0 ? it.padEnd(widths[i]!) : it.padStart(widths[i]!)).join(" | ")
    } |`;
  const rule = widths.map((width, i) => i === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`);
  return [line(head), `| ${rule.join(" | ")} |`, ...rows.map(line)].join("\n");
}

/** Prints a line. */
export function print(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}
