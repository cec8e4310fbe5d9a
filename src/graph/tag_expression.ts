/**
 * The language of `--tags`: `db and not (slow or flaky)`. A comma means `and`, so `a,b` selects the
 * tasks with both tags. Tags that contain spaces, commas or parentheses, or equal a keyword, are
 * quoted: `"needs db" or 'not'`.
 *
 *     expression  = conjunction { "or" conjunction }
 *     conjunction = term { ("and" | ",") term }
 *     term        = "not" term | "(" expression ")" | tag
 */
import { UsageError } from "../base/errors.ts";

/** A node of the syntax tree. */
export type TagNode =
  | { readonly type: "tag"; readonly tag: string }
  | { readonly type: "not"; readonly of: TagNode }
  | { readonly type: "and" | "or"; readonly of: readonly TagNode[] };

/** A parsed expression, as plain data. */
export interface TagExpression {
  /** The text as typed. */
  readonly text: string;
  readonly root: TagNode;
}

/** Whether an expression matches a task's tags. */
export function matchesTags({ root }: TagExpression, tags: readonly string[]): boolean {
  return matches(root, tags);
}

function matches(node: TagNode, tags: readonly string[]): boolean {
  switch (node.type) {
    case "tag":
      return tags.includes(node.tag);
    case "not":
      return !matches(node.of, tags);
    case "and":
      return node.of.every((it) => matches(it, tags));
    case "or":
      return node.of.some((it) => matches(it, tags));
  }
}

/** The distinct tags in an expression, in the order of their first occurrence. */
export function tagsIn({ root }: TagExpression): string[] {
  const found = new Set<string>();
  const visit = (node: TagNode): void => {
    if (node.type === "tag") found.add(node.tag);
    else if (node.type === "not") visit(node.of);
    else node.of.forEach(visit);
  };
  visit(root);
  return [...found];
}

/**
 * Parses an expression.
 *
 * @throws {UsageError} naming the problem and its position.
 */
export function parseTagExpression(text: string): TagExpression {
  return { text, root: new Parser(text).parse() };
}

/** Maximum depth of nesting: bounds the recursion of all functions that traverse an expression. */
const DEPTH_MAX = 100;

interface Token {
  readonly kind: "word" | "quoted" | "," | "(" | ")" | "end";
  /** The text as typed, or within the quotes. */
  readonly text: string;
  /** Start index in the text. */
  readonly at: number;
}

/** A recursive descent parser with one token of lookahead. */
class Parser {
  readonly #text: string;
  #end = 0;
  #next: Token;

  constructor(text: string) {
    this.#text = text;
    this.#next = this.#readToken();
  }

  parse(): TagNode {
    const root = this.#expression(0);
    if (this.#next.kind === "end") return root;
    if (this.#next.kind === ")") throw this.#error('there is no "("', "for", this.#next);
    throw this.#error('"and", "or" or "," is missing', "before", this.#next);
  }

  #expression(depth: number): TagNode {
    const of = [this.#conjunction(depth)];
    while (this.#accept("or")) of.push(this.#conjunction(depth));
    return of.length === 1 ? of[0]! : { type: "or", of };
  }

  #conjunction(depth: number): TagNode {
    const of = [this.#term(depth)];
    while (this.#accept("and") || this.#accept(",")) of.push(this.#term(depth));
    return of.length === 1 ? of[0]! : { type: "and", of };
  }

  #term(depth: number): TagNode {
    const token = this.#next;
    if (depth > DEPTH_MAX) throw this.#error(`more than ${DEPTH_MAX} levels`, "at", token);
    if (this.#accept("not")) return { type: "not", of: this.#term(depth + 1) };
    if (this.#accept("(")) {
      const inner = this.#expression(depth + 1);
      if (this.#accept(")")) return inner;
      if (this.#next.kind === "end") throw this.#error('")" is missing', "for", token);
      throw this.#error('"and", "or", "," or ")" is missing', "before", this.#next);
    }
    if (!isTag(token)) throw this.#error("a tag is missing", "before", token);
    this.#next = this.#readToken();
    return { type: "tag", tag: token.text };
  }

  /** Consumes the next token if it is this keyword or sign. */
  #accept(sign: string): boolean {
    const { kind, text } = this.#next;
    if (kind === "quoted" || text !== sign) return false;
    this.#next = this.#readToken();
    return true;
  }

  #readToken(): Token {
    const rest = /^\s*/.exec(this.#text.slice(this.#end))![0].length;
    const at = this.#end + rest;
    const source = this.#text.slice(at);
    const first = source.charAt(0);
    if (first === "") return { kind: "end", text: "", at };
    if (first === '"' || first === "'") return this.#readQuoted(source, first, at);
    // Consecutive commas count as one: scripts concatenate lists.
    const [text] = /^(?:,(?:\s*,)*|[()]|[^\s,()"']+)/.exec(source)!;
    this.#end = at + text.length;
    if (first === ",") return { kind: ",", text: ",", at };
    return { kind: first === "(" || first === ")" ? first : "word", text, at };
  }

  #readQuoted(source: string, quote: string, at: number): Token {
    const end = source.indexOf(quote, 1);
    if (end < 0) {
      throw this.#error("a quote is missing", "for", { kind: "word", text: source, at });
    }
    this.#end = at + end + 1;
    return { kind: "quoted", text: source.slice(1, end), at };
  }

  #error(what: string, preposition: string, { kind, text, at }: Token): UsageError {
    const where = kind === "end"
      ? "at the end"
      : `${preposition} ${quoted(text)} (character ${at + 1})`;
    const hint = spellingHint(this.#text);
    return new UsageError(`Cannot read the tags ${quoted(this.#text)}: ${what} ${where}${hint}`);
  }
}

/** A hint for operators of other languages, such as `AND` and `&&`. */
function spellingHint(text: string): string {
  const [, sign] = /(?:^|[\s(])(AND|OR|NOT|&&?|\|\|?)(?=[\s)(]|$)/.exec(text) ?? [];
  const word = sign && (SPELLINGS[sign.charAt(0)] ?? sign.toLowerCase());
  return word ? `; write "${word}" instead of ${sign}` : "";
}

const SPELLINGS: Readonly<Record<string, string>> = { "&": "and", "|": "or" };

const RESERVED = ["and", "or", "not"];

function isTag({ kind, text }: Token): boolean {
  return kind === "quoted" || (kind === "word" && !RESERVED.includes(text));
}

/** Quotes a text for a message of one line and bounded length. */
function quoted(text: string): string {
  const line = text.replace(/\s+/g, " ");
  return `"${line.length > 60 ? `${line.slice(0, 59)}…` : line}"`;
}
