/** Reads a configuration: a deno.json, deno.jsonc or package.json. */

/**
 * Reads a configuration; returns an empty one for an unreadable file, which Deno reports better.
 */
export function readConfig(config: URL): Record<string, unknown> {
  try {
    return parseConfig(Deno.readTextFileSync(config));
  } catch {
    return {};
  }
}

/**
 * Parses a configuration: JSON with comments and trailing commas. An empty text is an empty object.
 *
 * @throws {SyntaxError} when the text is invalid.
 */
export function parseConfig(text: string): Record<string, unknown> {
  const value = parseLenient(text);
  return typeof value === "object" && value !== null ? { ...value } : {};
}

/**
 * Parses plain JSON first, which most files are: that saves some milliseconds. Own code rather than
 * a package, since this runs before packages can be loaded: their resolution depends on the result.
 */
function parseLenient(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    const plain = text.replace(/("(?:\\.|[^"\\])*")|\/\/.*|\/\*[^]*?\*\//g, "$1")
      .replace(/("(?:\\.|[^"\\])*")|,(?=\s*[}\]])/g, "$1");
    return plain.trim() === "" ? {} : JSON.parse(plain);
  }
}

/** The syntax error in a file; undefined for a valid or unreadable file. */
export function parseErrorIn(file: URL, parse: (text: string) => unknown): SyntaxError | undefined {
  try {
    parse(Deno.readTextFileSync(file));
    return undefined;
  } catch (error) {
    return error instanceof SyntaxError ? error : undefined; // Deno reports an unreadable file
  }
}
