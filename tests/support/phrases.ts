/** The words and phrases that have a term of the glossary in their place. */

/** A phrase, and the words to use instead. */
export interface Phrase {
  readonly pattern: RegExp;
  readonly instead: string;
}

/** Phrases of comments, messages and pages. */
export const PHRASES: readonly Phrase[] = table([
  ["tells?|told", "emit, deliver; report, print, warn"],
  ["says?|said|saying", "send, post; print, report, document"],
  ["hears?|heard", "receive, handle"],
  ["anew", "reset, recreate, restart"],
  ["whoever|whatever it is|nobody|somebody", "the reader, the caller, another thread"],
  ["elsewhere", "remote, on other machines"],
  ["at hand", "current"],
  ["so long|so many|so often|(?:so|as) long as it (?:is|has)", "at most; limit, timeout; while"],
  ["g(?:o|oes|one|oing) on with|taken up again", "resume, rerun"],
  ["g(?:ive|ives|ave|iven|iving) up", "time out, abandon"],
  ["left behind", "leaked"],
  ["by force", "terminate, kill"],
  ["patience", "limit, timeout"],
  ["is over|(?:is|are) through", "finished, done"],
  ["last words", "drain"],
  [
    "comes? after|come before|what (?:it|each|a task) comes after",
    "depends on; dependencies; follows",
  ],
  ["what (?:a )?tasks? prints?", "output"],
  ["what (?:a )?tasks? returns?", "result"],
  ["far side|near side|an order of chance|of no time", "a term of the glossary"],
  ["bells?|breath|crew|keepers?|tenants?|desk|seats?|voice|riddle", "a term of the glossary"],
]);

/** Openings of sentences in inverted order, or without a noun as their subject. */
export const SENTENCES: readonly Phrase[] = [{
  pattern: new RegExp(
    String.raw`(?<=(?:^|\n)(?:[ \t]|[/*>-]+[ \t])*|[.:;!?] +)` +
      String
        .raw`(?:So (?:does|did|is|are|was|were|has|have|can|must|do (?!not))|Nor|Not so|What|Who)\b` +
      String.raw`(?![^.!\n]*\?)`,
    "g",
  ),
  instead: "subject, verb, object",
}];

function table(rows: readonly [words: string, instead: string][]): Phrase[] {
  return rows.map(([words, instead]) => ({
    pattern: new RegExp(String.raw`\b(?:${words.replaceAll(" ", String.raw`\s+`)})\b`, "gi"),
    instead,
  }));
}
