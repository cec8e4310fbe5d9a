/** URLs that open a location in the editor. */

/** A location in a file; line and column from 1. */
interface EditorTarget {
  /** Absolute. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/**
 * The URL that opens a location.
 *
 * @param url A URL of `--editor`, with `{file}`, `{line}` and `{column}`.
 */
export function editorUrl(url: string, { file, line, column }: EditorTarget): string {
  const path = file.replaceAll("\\", "/").replace(/^(?!\/)/, "/");
  const encoded = path.split("/").map((part, i) =>
    i === 1 && /^[a-z]:$/i.test(part) ? part : encodeURIComponent(part)
  ).join("/");
  const values: Readonly<Record<string, string>> = {
    file: encoded,
    line: String(line),
    column: String(column),
  };
  return url.replace(/\{(file|line|column)\}/g, (_, name: string) => values[name]!);
}
