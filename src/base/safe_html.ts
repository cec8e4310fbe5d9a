/** HTML templates that escape all interpolated text. */

/** Escaped HTML. Created only by {@linkcode html}, {@linkcode trusted} and {@linkcode json}. */
export class SafeHtml {
  constructor(readonly text: string) {}
}

/**
 * An interpolated value: text is escaped, lists are joined, `false` and `undefined` are omitted.
 */
export type Piece = string | number | SafeHtml | readonly Piece[] | false | undefined;

/** A template of HTML: html`<p>${anything}</p>`. Attributes have to be in double quotes. */
export function html(strings: TemplateStringsArray, ...pieces: readonly Piece[]): SafeHtml {
  let text = strings[0]!;
  for (const [i, piece] of pieces.entries()) text += textOf(piece) + strings[i + 1]!;
  return new SafeHtml(text);
}

/** Marks a text as HTML: the page's own style and scripts. */
export function trusted(text: string): SafeHtml {
  return new SafeHtml(text);
}

/** Formats a value as JSON that cannot close a script element. */
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
