/**
 * Names with wildcards: `*` is any text, none included, and `?` is any one character. All else stands
 * for itself, so that every name without these two is a glob for itself alone.
 */

/** Whether a text has a wildcard. */
export function isGlob(text: string): boolean {
  return /[*?]/.test(text);
}

/**
 * Whether a glob describes the whole of a name. Only the last `*` is ever tried again, so the time is
 * bounded by the product of the lengths, however many stars there are.
 */
export function matchesGlob(glob: string, name: string): boolean {
  const pattern = Array.from(glob);
  const letters = Array.from(name);
  let at = 0;
  let star = -1;
  let resumeAt = 0;
  for (let i = 0; i < letters.length;) {
    if (pattern[at] === "*") {
      star = at++;
      resumeAt = i;
    } else if (pattern[at] === "?" || pattern[at] === letters[i]) {
      at++;
      i++;
    } else if (star >= 0) {
      at = star + 1;
      i = ++resumeAt;
    } else return false;
  }
  return pattern.slice(at).every((it) => it === "*");
}
