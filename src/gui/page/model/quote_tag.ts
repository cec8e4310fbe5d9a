/** Tags as they are typed, in the language of `--tags`. */

/** A tag as an expression has it; undefined for one with quotes of both kinds, which none can name. */
export function quoteTag(tag: string): string | undefined {
  if (/^[^\s,()"']+$/.test(tag) && !["and", "or", "not"].includes(tag)) return tag;
  const quote = ['"', "'"].find((it) => !tag.includes(it));
  return quote && quote + tag + quote;
}
