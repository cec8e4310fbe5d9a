/** HTML that is safe by construction: whatever stands between the tags is escaped, once. */

/** A piece of HTML. Only {@linkcode html} and {@linkcode trusted} make some. */
export class SafeHtml {
  constructor(readonly text: string) {}
}

/** What may stand in a template: text is escaped, lists are joined, `false` and nothing is nothing. */
export type Piece = string | number | SafeHtml | readonly Piece[] | false | undefined;

/** A template of HTML: html`<p>${anything}</p>`. Attributes are put in double quotes. */
export function html(strings: TemplateStringsArray, ...pieces: readonly Piece[]): SafeHtml {
  let text = strings[0]!;
  for (const [i, piece] of pieces.entries()) text += textOf(piece) + strings[i + 1]!;
  return new SafeHtml(text);
}

/** Text that is HTML already: our own style and script. */
export function trusted(text: string): SafeHtml {
  return new SafeHtml(text);
}

/** A value as JSON that no script element can be left by. */
export function json(value: unknown): SafeHtml {
  return new SafeHtml(JSON.stringify(value).replaceAll("<", "\\u003c"));
}

function textOf(piece: Piece): string {
  if (piece instanceof SafeHtml) return piece.text;
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
