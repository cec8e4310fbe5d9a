/**
 * Globs of task names: `*` matches any text, including none, and `?` any one character. All other
 * characters are literal, so a name without wildcards matches itself only.
 */

/** Whether a text contains a wildcard. */
export function isGlob(text: string): boolean {
  return /[*?]/.test(text);
}

/**
 * Whether a glob matches a whole name. Only the last `*` backtracks, so the time is bounded by the
 * product of the lengths.
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
