/** HTML that is safe by construction: whatever stands between the tags is escaped, once. */

/** A piece of HTML. Only {@linkcode html} and {@linkcode trusted} make some. */
export class Markup {
  constructor(readonly text: string) {}
}

/** What may stand in a template: text is escaped, lists are joined, `false` and nothing is nothing. */
export type Piece = string | number | Markup | readonly Piece[] | false | undefined;

/** A template of HTML: html`<p>${anything}</p>`. Attributes are put in double quotes. */
export function html(strings: TemplateStringsArray, ...pieces: readonly Piece[]): Markup {
  let text = strings[0]!;
  for (const [i, piece] of pieces.entries()) text += textOf(piece) + strings[i + 1]!;
  return new Markup(text);
}

/** Text that is HTML already: our own style and script. */
export function trusted(text: string): Markup {
  return new Markup(text);
}

/** A value as JSON that no script element can be left by. */
export function json(value: unknown): Markup {
  return new Markup(JSON.stringify(value).replaceAll("<", "\\u003c"));
}

function textOf(piece: Piece): string {
  if (piece instanceof Markup) return piece.text;
  if (piece === undefined || piece === false) return "";
  if (typeof piece === "object") return piece.map(textOf).join("");
  return String(piece).replace(/[&<>"']/g, (it) => ESCAPES[it]!);
}

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};
