/** Console blocks: commands with their documented output. */

/** A command of a block. */
export interface Step {
  readonly command: string;
  /** The documented output; empty when it does not matter. */
  readonly output: readonly string[];
}

/** Matches any lines. */
const ANY_LINES = "…";

/** Parses a block: a command follows `$ `, and continues after a `\` at the end of a line. */
export function stepsOf(text: string): Step[] {
  const steps: { command: string; output: string[] }[] = [];
  let isOpen = false;
  for (const line of text.trimEnd().split("\n")) {
    const step = steps.at(-1);
    if (isOpen) step!.command += `\n${line}`;
    else if (line.startsWith("$ ")) steps.push({ command: line.slice(2), output: [] });
    else if (step) step.output.push(line);
    else throw new Error(`Expected a console block to begin with "$ ", got: ${line}`);
    isOpen = steps.at(-1)!.command.endsWith("\\");
  }
  return steps;
}

/**
 * Whether output matches the documented one, except for times, threads and paths. The documented
 * lines may leave out their timestamps.
 */
export function matchesOutput(
  documented: readonly string[],
  printed: readonly string[],
  folder: string,
) {
  const lines = canonical(printed, folder);
  let at = 0;
  const chunks = chunksOf(canonicalDocumented(documented, printed, folder));
  for (const [index, chunk] of chunks.entries()) {
    const [isFirst, isLast] = [index === 0, index === chunks.length - 1];
    if (isLast && !isFirst) at = Math.max(at, lines.length - chunk.length);
    const last = isFirst ? 0 : lines.length - chunk.length;
    while (at <= last && !chunk.every((line, i) => line === lines[at + i])) at++;
    if (at > last) return false;
    at += chunk.length;
  }
  return at === lines.length;
}

function chunksOf(lines: readonly string[]): string[][] {
  const chunks: string[][] = [[]];
  for (const line of lines) {
    if (line === ANY_LINES) chunks.push([]);
    else chunks.at(-1)!.push(line);
  }
  return chunks;
}

const TIMESTAMP = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} /;
const TIMED = "<time> ";

/** Removes timestamps, if the documented lines have none. */
export function withTimesOf(documented: readonly string[], printed: readonly string[]): string[] {
  if (documented.some((line) => TIMESTAMP.test(line))) return [...printed];
  return printed.map((line) => line.replace(TIMESTAMP, ""));
}

/** Normalizes what varies between runs: times, threads, paths, and the order of task lines. */
export function canonical(lines: readonly string[], folder: string): string[] {
  return sortTimed(normalize(lines, folder));
}

/** Normalizes documented lines, and completes the timestamps that they leave out. */
export function canonicalDocumented(
  documented: readonly string[],
  printed: readonly string[],
  folder: string,
): string[] {
  const timed = new Set(normalize(printed, folder).filter((line) => line.startsWith(TIMED)));
  const complete = (line: string) => timed.has(TIMED + line) ? TIMED + line : line;
  return sortTimed(normalize(documented, folder).map(complete));
}

function normalize(lines: readonly string[], folder: string): string[] {
  return lines.map((line) =>
    line
      .replaceAll(folder, ".")
      .replace(TIMESTAMP, TIMED)
      .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, "<time>")
      .replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d\b/g, "<time>")
      .replaceAll(/thread_\d+/g, "thread_N")
      .replaceAll(/\b(with|on) \d+ threads?\b/g, "$1 N threads")
      .replaceAll(/"workers":\d+/g, '"workers":N')
      .replace(/\[ *\d+% \]( FLAKY \d+\/\d+)?( \d+(\.\d+)?m?s)?$/, "[ N% ]$1")
      .replace(/ (SET UP|TORN DOWN) \d+(\.\d+)?m?s$/, " $1")
      .replaceAll(/\b\d+(\.\d+)? ?(µs|us|ms|s|seconds)\b/g, "<duration>")
      .replaceAll(/ {2,}(?=<duration>)/g, " ")
      .replaceAll(/"(elapsedMs|duration)":[\d.]+/g, '"$1":N')
      .trimEnd()
  );
}

/** Sorts consecutive lines with timestamps, whose order depends on the threads. */
function sortTimed(lines: readonly string[]): string[] {
  const result: string[] = [];
  for (let i = 0; i < lines.length;) {
    let end = i + 1;
    if (lines[i]!.startsWith(TIMED)) { while (lines[end]?.startsWith(TIMED)) end++; }
    result.push(...lines.slice(i, end).sort());
    i = end;
  }
  return result;
}
