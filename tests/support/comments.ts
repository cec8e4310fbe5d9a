/** Separates the comments of a source from its code. */

/** A comment of a source file. */
export interface Comment {
  readonly offset: number;
  /** From 1. */
  readonly line: number;
  readonly text: string;
  /** The whole lines that it stands on. */
  readonly lines: readonly string[];
  readonly isDoc: boolean;
}

const COMMENTS = /\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/[^\n]*/gm;
const STRINGS = /"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`/g;

/** Lists the comments of a source. */
export function commentsIn(text: string): Comment[] {
  const lines = text.split("\n");
  return Array.from(withoutStrings(text).matchAll(COMMENTS), (match) => {
    const [found] = match;
    const line = text.slice(0, match.index).split("\n").length;
    const whole = text.slice(match.index, match.index + found.length);
    const count = found.split("\n").length;
    return {
      offset: match.index,
      line,
      text: whole,
      lines: lines.slice(line - 1, line - 1 + count),
      isDoc: found.startsWith("/**"),
    };
  });
}

/** Replaces a text by spaces, line by line. */
export function blank(text: string): string {
  return text.replace(/[^\n]/g, " ");
}

/** Strings, blanked where they stand on one line, so that no `//` in them looks like a comment. */
function withoutStrings(text: string): string {
  return text.replace(STRINGS, (it) => it.replace(/[/*]/g, "_"));
}

/** The lines of a source without comments and strings. */
export function codeLines(text: string): string[] {
  return text.replace(COMMENTS, blank).replace(STRINGS, blank).split("\n");
}

/** Blanks what is quoted or linked in a comment: identifiers and samples. */
export function withoutCode(comment: string): string {
  return comment.replace(/```[\s\S]*?```|`[^`\n]*`|"[^"\n]*"|\{@link[^}]*\}/g, blank);
}
