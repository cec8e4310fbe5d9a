/** Checks the rules of docs/glossary.md: words, names and comments of sources, prose of pages. */
import { codeLines, commentsIn } from "./comments.ts";
import { PHRASES, SENTENCES } from "./phrases.ts";
import { proseOf, type TextFile } from "./prose.ts";
import type { Spelling } from "./spelling.ts";
import { termsOf } from "./words.ts";

/** A violation of a rule. */
export interface Violation {
  readonly path: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
  readonly rule: Rule;
  readonly text: string;
  /** The words to use, or the nearest ones. */
  readonly suggestion?: string;
}

/** Rules about prose: `word`, `sentence`, `spelling`; the others are about sources. */
export type Rule = "word" | "sentence" | "spelling" | "name" | "width" | "opening" | "head";

/** Maximum width of a comment line: that of the formatter, which does not wrap comments. */
export const COMMENT_COLUMNS = 100;

/** The words of the glossary's table as parts of identifiers: `lastSaid`, `toldOf`. */
const NAME_PARTS = new Set(
  ("tell tells told telling say says said hear heard anew whoever elsewhere patience bell bells breath crew " +
    "keeper tenant desk seat seats voice sayer teller house hello hellos patient").split(" "),
);
/** Names of wires that are kept: the field's own. */
const KEPT_NAMES = new Set(["hello"]);

const IDENTIFIER = /[A-Za-z_$#][\w$]*/g;
const OPENING =
  /^(What|How|Who|Whoever|Where|When|Why|It|One|They|Nobody|Somebody|Says|Tells|Which|That)\b/;

/** The sources that contain the words which the rules reject, of which only the spelling is checked. */
const SPELLING_ONLY =
  /^tests\/(support\/(language|phrases)|repository\/(language|prose)_test)\.ts$/;

/** Lists the violations in one file, in the order of its lines. */
export function violationsIn(file: TextFile, spelling?: Spelling): Violation[] {
  const found = [...misspellings(file, spelling)];
  if (!SPELLING_ONLY.test(file.path)) {
    found.push(...phrases(file));
    if (file.path.endsWith(".ts")) found.push(...commentViolations(file), ...nameViolations(file));
  }
  return found.sort((a, b) => a.line - b.line || a.column - b.column);
}

function* phrases(file: TextFile): Generator<Violation> {
  const isGlossary = file.path.endsWith("docs/glossary.md");
  const prose = proseOf(isGlossary ? { ...file, text: termsOf(file.text) } : file);
  for (const [rule, table] of [["word", PHRASES], ["sentence", SENTENCES]] as const) {
    for (const { pattern, instead: suggestion } of table) {
      for (const { 0: found, index } of prose.matchAll(pattern)) {
        const text = found.replace(/\s+/g, " ");
        yield { path: file.path, ...positionOf(prose, index), rule, text, suggestion };
      }
    }
  }
}

function* misspellings(file: TextFile, spelling?: Spelling): Generator<Violation> {
  const prose = proseOf(file);
  for (const { offset, word: text } of spelling?.misspellings(prose) ?? []) {
    const suggestion = spelling!.suggestions(text).join(", ");
    yield { path: file.path, ...positionOf(prose, offset), rule: "spelling", text, suggestion };
  }
}

function* commentViolations({ path, text }: TextFile): Generator<Violation> {
  for (const comment of commentsIn(text)) {
    const at = { path, ...positionOf(text, comment.offset) };
    const first = comment.text.replace(/^[\s/*]+/, "");
    const opening = first.split("\n")[0]!;
    if (comment.isDoc && OPENING.test(first)) yield { ...at, rule: "opening", text: opening };
    if (/\bsee the head of\b/i.test(comment.text)) yield { ...at, rule: "head", text: opening };
    for (const [i, line] of comment.lines.entries()) {
      if (line.length <= COMMENT_COLUMNS) continue;
      const column = COMMENT_COLUMNS + 1;
      yield { path, line: at.line + i, column, rule: "width", text: line.trim() };
    }
  }
}

function* nameViolations({ path, text }: TextFile): Generator<Violation> {
  for (const [i, line] of codeLines(text).entries()) {
    for (const { 0: name, index } of line.matchAll(IDENTIFIER)) {
      const parts = name.replace(/([a-z\d])([A-Z])/g, "$1_$2").toLowerCase().split(/[_$#]+/);
      if (KEPT_NAMES.has(name) || !parts.some((part) => NAME_PARTS.has(part))) continue;
      yield { path, line: i + 1, column: index + 1, rule: "name", text: name };
    }
  }
}

function positionOf(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset).split("\n");
  return { line: before.length, column: before.at(-1)!.length + 1 };
}
