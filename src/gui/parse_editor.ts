/**
 * URLs that open a location in an editor. The page shows them as links: the browser passes them to
 * the editor that has registered the scheme, so the server never starts a program for the page.
 */
import { UsageError } from "../base/errors.ts";
import { closest } from "../base/suggest.ts";

const VSCODE = "://file{file}:{line}:{column}";
const JETBRAINS = "://open?file={file}&line={line}&column={column}";

/** The URL of each known editor; empty for no link. */
const EDITOR_URLS: Readonly<Record<string, string>> = {
  vscode: `vscode${VSCODE}`,
  vscodium: `vscodium${VSCODE}`,
  cursor: `cursor${VSCODE}`,
  windsurf: `windsurf${VSCODE}`,
  zed: `zed${VSCODE}`,
  idea: `idea${JETBRAINS}`,
  webstorm: `webstorm${JETBRAINS}`,
  sublime: "subl://open?url=file://{file}&line={line}&column={column}",
  none: "",
};

/** The names of the known editors, and `none`. */
export const EDITORS: readonly string[] = Object.keys(EDITOR_URLS);

/** The URL without `--editor`. */
export const DEFAULT_EDITOR_URL: string = EDITOR_URLS.vscode!;

/** Schemes whose URLs would run in the page, or replace it. */
const PAGE_SCHEMES = /^(javascript|data|vbscript|blob|https?|file):/i;

/**
 * Parses the value of `--editor`: the name of an editor, or a URL with `{file}`.
 *
 * @returns A URL with `{file}`, `{line}` and `{column}`; empty for no link.
 * @throws {UsageError} when the value is neither.
 *
 * ```ts ignore
 * parseEditor("zed"); // "zed://file{file}:{line}:{column}"
 * parseEditor("emacs://open?file={file}&line={line}");
 * ```
 */
export function parseEditor(text: string): string {
  const known = Object.hasOwn(EDITOR_URLS, text) ? EDITOR_URLS[text] : undefined;
  if (known !== undefined) return known;
  const isUrl = /^[a-z][a-z\d+.-]*:/i.test(text) && !PAGE_SCHEMES.test(text);
  if (isUrl && text.includes("{file}")) return text;
  const suggestion = closest(text, EDITORS);
  const hint = suggestion === undefined ? "" : `; did you mean ${suggestion}?`;
  throw new UsageError(
    `Cannot use --editor=${text}: expected ${EDITORS.join(", ")}, ` +
      `or the URL of an editor with {file}, {line} and {column}${hint}`,
  );
}
