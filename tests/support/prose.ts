/** The prose of the project: Markdown pages, comments and messages, without code. */
import { blank, commentsIn, withoutCode } from "./comments.ts";

/** A file, as text. */
export interface TextFile {
  /** Relative to the project's root, or absolute outside of it. */
  readonly path: string;
  readonly text: string;
}

/** Blanks everything that is not prose, so that lines and columns stay as they are. */
export function proseOf({ path, text }: TextFile): string {
  return path.endsWith(".md") ? proseOfPage(text) : proseOfSource(path, text);
}

/** Fences, HTML comments, indented blocks, code, targets of links, tags, URLs, quotations. */
const NOT_PROSE = [
  /^( *)(`{3,}|~{3,})[\s\S]*?^ *\2/gm,
  /<!--[\s\S]*?-->/g,
  /(?<=^\n)(?: {4}.*\n)+/gm,
  /(`+)(?!`)[\s\S]*?[^`]\1(?!`)/g,
  /\]\([^)\n]*\)/g,
  /^\[[^\]]*\]:.*$/gm,
  /<\/?[a-z][^>]*>/gi,
  /\bhttps?:\/\/\S+/g,
  /"[^"\n]*(?:\n[^"\n]+)?"/g,
];

function proseOfPage(text: string): string {
  return NOT_PROSE.reduce((rest, pattern) => rest.replace(pattern, blank), text);
}

/** Strings on one line. */
const STRINGS = /"(?:[^"\\\n]|\\.)*"|`(?:[^`\\\n]|\\.)*`/g;
const MESSAGE = /\w+ \w+ \w/;

/** Comments; in the library also messages: strings of three words or more. */
function proseOfSource(path: string, text: string): string {
  const pieces = commentsIn(text).map((it) => ({ offset: it.offset, text: it.text }));
  const code = pieces.reduce((rest, it) => overwrite(rest, it.offset, blank(it.text)), text);
  const isLibrary = /^(src|workers)\/|^\w+\.ts$/.test(path);
  let prose = blank(text);
  for (const it of pieces) prose = overwrite(prose, it.offset, withoutNames(it.text));
  for (const match of isLibrary ? code.matchAll(STRINGS) : []) {
    if (MESSAGE.test(match[0])) prose = overwrite(prose, match.index, withoutHoles(match[0]));
  }
  return prose;
}

function overwrite(text: string, offset: number, piece: string): string {
  return text.slice(0, offset) + piece + text.slice(offset + piece.length);
}

/** Blanks code, and the names of parameters. */
function withoutNames(comment: string): string {
  return withoutCode(comment).replace(/(?<=@(?:param|template|typeParam) )\w+/g, blank);
}

/** Blanks inserted values, escapes and quoted names of a message. */
function withoutHoles(message: string): string {
  return message.replace(/\$\{[^}]*\}|\\.|'[^']*'/g, blank);
}
