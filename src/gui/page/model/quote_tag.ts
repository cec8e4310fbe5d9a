/** Quotes a tag for a tag expression. @returns Undefined for a tag with both kinds of quotes. */
export function quoteTag(tag: string): string | undefined {
  if (/^[^\s,()"']+$/.test(tag) && !["and", "or", "not"].includes(tag)) return tag;
  const quote = ['"', "'"].find((it) => !tag.includes(it));
  return quote && quote + tag + quote;
}
