/** Checks the rules of docs/glossary.md: words, names and comments of the sources. */
import type { SourceFile } from "./sources.ts";

/** A violation of a rule. */
export interface Violation {
  readonly path: string;
  /** From 1. */
  readonly line: number;
  readonly rule: "word" | "name" | "width" | "opening" | "head";
  readonly text: string;
}

/** Maximum width of a comment line: that of the formatter, which does not wrap comments. */
export const COMMENT_COLUMNS = 100;

/** Words that have a term of the field in their place. */
const WORDS = new RegExp(
  String.raw`\b(${
    [
      "tells?|told|says?|said|saying|hears?|heard|anew|whoever|whatever it is|nobody|somebody|elsewhere",
      "at hand|(so|as) long as it (is|has)|so long|so many|so often|g(o|oes|one|oing) on with|taken up again",
      "g(ive|ives|ave|iven|iving) up|left behind|by force|patience|is over|is through|are through",
      "last words|comes? after|come before|far side|near side|an order of chance|of no time",
      "bells?|breath|crew|keepers?|tenants?|desk|seats?|voice|riddle",
    ].join("|")
  })\b`,
  "gi",
);

/** The same as parts of identifiers: `lastSaid`, `toldOf`. */
const NAME_PARTS = new Set(
  ("tell tells told telling say says said hear heard anew whoever elsewhere patience bell bells breath crew " +
    "keeper tenant desk seat seats voice sayer teller house hello hellos patient").split(" "),
);
/** Names of wires that are kept: the field's own. */
const KEPT_NAMES = new Set(["hello"]);

const IDENTIFIER = /[A-Za-z_$#][\w$]*/g;
const OPENING =
  /^(What|How|Who|Whoever|Where|When|Why|It|One|They|Nobody|Somebody|Says|Tells|Which|That)\b/;

/** Lists the violations in one file, in the order of its lines. */
export function violationsIn({ path, text }: SourceFile): Violation[] {
  const found: Violation[] = [];
  const add = (line: number, rule: Violation["rule"], what: string) =>
    found.push({ path, line, rule, text: what });
  for (const comment of commentsIn(text)) {
    const first = comment.text.replace(/^[\s/*]+/, "");
    if (comment.isDoc && OPENING.test(first)) add(comment.line, "opening", first.split("\n")[0]!);
    if (/\bsee the head of\b/i.test(comment.text)) add(comment.line, "head", first.split("\n")[0]!);
    for (const [i, line] of comment.lines.entries()) {
      if (line.length > COMMENT_COLUMNS) add(comment.line + i, "width", line.trim());
    }
    const prose = withoutCode(comment.text);
    for (const [i, line] of prose.split("\n").entries()) {
      for (const [word] of line.matchAll(WORDS)) add(comment.line + i, "word", word);
    }
  }
  for (const [i, line] of codeLines(text).entries()) {
    for (const [name] of line.matchAll(IDENTIFIER)) {
      const parts = name.replace(/([a-z\d])([A-Z])/g, "$1_$2").toLowerCase().split(/[_$#]+/);
      if (KEPT_NAMES.has(name)) continue;
      if (parts.some((part) => NAME_PARTS.has(part))) add(i + 1, "name", name);
    }
  }
  return found.sort((a, b) => a.line - b.line);
}

interface Comment {
  readonly line: number;
  readonly text: string;
  /** The whole lines that it stands on. */
  readonly lines: readonly string[];
  readonly isDoc: boolean;
}

const COMMENTS = /\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/[^\n]*/gm;
const STRINGS = /"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`/g;

function commentsIn(text: string): Comment[] {
  const lines = text.split("\n");
  return Array.from(withoutStrings(text).matchAll(COMMENTS), (match) => {
    const [found] = match;
    const line = text.slice(0, match.index).split("\n").length;
    const whole = text.slice(match.index, match.index + found.length);
    const count = found.split("\n").length;
    return {
      line,
      text: whole,
      lines: lines.slice(line - 1, line - 1 + count),
      isDoc: found.startsWith("/**"),
    };
  });
}

/** Strings, blanked where they stand on one line, so that no `//` in them looks like a comment. */
function withoutStrings(text: string): string {
  return text.replace(STRINGS, (it) => it.replace(/[/*]/g, "_"));
}

function codeLines(text: string): string[] {
  const blank = (it: string) => it.replace(/[^\n]/g, " ");
  return text.replace(COMMENTS, blank).replace(STRINGS, blank).split("\n");
}

/** Blanks what is quoted or linked in a comment: identifiers and samples. */
function withoutCode(comment: string): string {
  const blank = (it: string) => it.replace(/[^\n]/g, " ");
  return comment.replace(/```[\s\S]*?```|`[^`\n]*`|"[^"\n]*"|\{@link[^}]*\}/g, blank);
}
