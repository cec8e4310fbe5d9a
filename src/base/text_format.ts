/** Formatting of short texts for messages and reports. */

/** `1 task`, `2 tasks`. */
export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** Joins at most `max` names: `a, b and 3 more`. */
export function abbreviateList(names: readonly string[], max = 10): string {
  const shown = names.slice(0, max).join(", ");
  const rest = names.length - max;
  return rest > 0 ? `${shown} and ${rest} more` : shown;
}

/** Joins at most `max` names in quotes, for a message of one line: `"a", "b" and 3 more`. */
export function quoteList(names: readonly string[], max?: number): string {
  return abbreviateList(names.map((name) => `"${onOneLine(name)}"`), max);
}

/** The name of a module's file without its suffix: `work` for `src/work.ts`. */
export function stemOf(module: string): string {
  return module.split(/[/\\]/).at(-1)!.replace(/\.\w+$/, "");
}

/** Truncates a text to `max` UTF-16 units, with an ellipsis. */
export function truncate(text: string, max: number): string {
  return text.length > max ? `${text.slice(0, max)}…` : text;
}

/** The message of an error; any other thrown value as text. */
export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/**
 * Formats values as a log line: strings as they are, everything else inspected, as in
 * `console.log`.
 */
export function formatValues(values: readonly unknown[]): string {
  return values.map((value) => typeof value === "string" ? value : Deno.inspect(value)).join(" ");
}

/**
 * Escapes a text for one line of a terminal: control characters, line separators and bidirectional
 * controls become `\n`, `\u001b`.
 */
export function onOneLine(text: string): string {
  // deno-lint-ignore no-control-regex -- they are what is looked for
  return text.replace(/[\0-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]/g, (letter) => {
    return letter < " "
      ? JSON.stringify(letter).slice(1, -1)
      : `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}

/** Escapes in JSON what {@linkcode onOneLine} escapes; the value stays the same. */
export function escapeJson(json: string): string {
  // JSON escapes the characters below a space already.
  return json.replace(/[\x7f-\x9f\u2028-\u202e\u2066-\u2069]/g, onOneLine);
}
