/** The words that the English dictionary lacks: those of docs/glossary.md, and tools/words.txt. */

const ROOT = new URL("../../", import.meta.url);
/** The part of the glossary's text that defines terms; the rest lists words not to use. */
export function termsOf(glossary: string): string {
  return glossary.split("## Words with one meaning")[0]!;
}

/** The words of the glossary's terms: first columns of tables, and what is bold. */
export function glossaryWords(): string[] {
  const text = termsOf(Deno.readTextFileSync(new URL("docs/glossary.md", ROOT)));
  const terms = text.matchAll(/^\| ([^|]+)|\*\*([^*]+)\*\*/gm);
  return [...terms].flatMap(([, cell, bold]) => (cell ?? bold!).match(/[a-z]+/gi) ?? []);
}

/** The words of tools/words.txt, one a line. */
export function projectWords(): string[] {
  const text = Deno.readTextFileSync(new URL("tools/words.txt", ROOT));
  return text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
}
