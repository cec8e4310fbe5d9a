/** Checks the spelling of prose. */
import dictionary from "dictionary-en";
import nspell from "nspell";

/** A word that no dictionary has. */
export interface Misspelling {
  readonly offset: number;
  readonly word: string;
}

/** Names and identifiers: a digit, sign, capital or file ending inside. */
const CODE = /[\d_@#$=<>{}()[\]\\|*+&%:]|^[-/.]|\.\w|\p{Ll}\p{Lu}|\p{Lu}{2}/u;

/** The English dictionary with the words of the project. */
export class Spelling {
  readonly #english = nspell(dictionary);
  readonly #words: ReadonlySet<string>;
  readonly #known = new Map<string, boolean>();
  readonly #suggestions = new Map<string, string[]>();
  readonly #used = new Set<string>();

  constructor(words: Iterable<string>) {
    this.#words = new Set(words);
  }

  /** Lists the words of a text that no dictionary has. */
  misspellings(prose: string): Misspelling[] {
    const found: Misspelling[] = [];
    for (const token of prose.matchAll(/\S+/g)) {
      const start = /^[^\p{L}\d@#$./-]*/u.exec(token[0])![0].length;
      const trimmed = token[0].slice(start).replace(/[^\p{L}\d)\]}]+$/u, "");
      if (CODE.test(trimmed)) continue;
      for (const { 0: word, index } of trimmed.matchAll(/\p{L}[\p{L}']*/gu)) {
        if (!this.#isKnown(word)) found.push({ offset: token.index + start + index, word });
      }
    }
    return found;
  }

  /** The nearest words, best first. It takes up to 0.2 s. */
  suggestions(word: string): string[] {
    const found = this.#suggestions.get(word) ?? this.#english.suggest(word).slice(0, 3);
    this.#suggestions.set(word, found);
    return found;
  }

  /** Lists the words of the project that no text needed. */
  unused(): string[] {
    return [...this.#words].filter((word) => !this.#used.has(word));
  }

  #isKnown(word: string): boolean {
    let isKnown = this.#known.get(word);
    if (isKnown === undefined) {
      isKnown = this.#look(word.replace(/'s?$/, ""));
      this.#known.set(word, isKnown);
    }
    return isKnown;
  }

  #look(word: string): boolean {
    if (word.length === 1 || this.#english.correct(word)) return true;
    const lower = word.toLowerCase();
    const own = [word, lower, lower.replace(/s$/, "")].find((it) => this.#words.has(it));
    if (own !== undefined) this.#used.add(own);
    return own !== undefined;
  }
}
