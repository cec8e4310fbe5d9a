/** Small things said the same way everywhere. */

/** `1 task`, `2 tasks`. */
export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** `a, b and 3 more`: at most `max` of some names. */
export function abbreviateList(names: readonly string[], max = 10): string {
  const shown = names.slice(0, max).join(", ");
  const rest = names.length - max;
  return rest > 0 ? `${shown} and ${rest} more` : shown;
}

/** `"a", "b" and 3 more`: the same, quoted for a message of one line. */
export function quoteList(names: readonly string[], max?: number): string {
  return abbreviateList(names.map((name) => `"${onOneLine(name)}"`), max);
}

/** `work` for `src/work.ts`: the name of a module's file, without its ending. */
export function stemOf(module: string): string {
  return module.split(/[/\\]/).at(-1)!.replace(/\.\w+$/, "");
}

/** A text, or as many of its UTF-16 units as `max`. */
export function truncate(text: string, max: number): string {
  return text.length > max ? `${text.slice(0, max)}…` : text;
}

/** What an error says; of anything else that was thrown, its text. */
export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Values as a line of a log: strings as they are, everything else as `console.log` shows it. */
export function formatValues(values: readonly unknown[]): string {
  return values.map((value) => typeof value === "string" ? value : Deno.inspect(value)).join(" ");
}

/**
 * A text that may come from anywhere, for one line of a terminal: control characters, other signs that end a
 * line, and those that turn round the order of what stands beside them, as `\n`, `\u001b`.
 */
export function onOneLine(text: string): string {
  // deno-lint-ignore no-control-regex -- they are what is looked for
  return text.replace(/[\0-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]/g, (letter) => {
    return letter < " "
      ? JSON.stringify(letter).slice(1, -1)
      : `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}

/** JSON of the same value, with escapes for the signs that {@linkcode onOneLine} escapes. */
export function escapeJson(json: string): string {
  // JSON has escaped those below a blank already.
  return json.replace(/[\x7f-\x9f\u2028-\u202e\u2066-\u2069]/g, onOneLine);
}
