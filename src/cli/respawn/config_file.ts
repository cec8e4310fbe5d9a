/** Reads a configuration: a deno.json, deno.jsonc or package.json. */

/** What a configuration holds; nothing, if it cannot be read: Deno says better what is wrong with it. */
export function readConfig(config: URL): Record<string, unknown> {
  try {
    return parseConfig(Deno.readTextFileSync(config));
  } catch {
    return {};
  }
}

/**
 * What the text of a configuration holds: JSON, with comments and commas at the end; or nothing.
 *
 * @throws {SyntaxError}
 */
export function parseConfig(text: string): Record<string, unknown> {
  const value = parseLenient(text);
  return typeof value === "object" && value !== null ? { ...value } : {};
}

/** Most are plain JSON, which is read some milliseconds sooner as what it is. */
function parseLenient(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    const plain = text.replace(/("(?:\\.|[^"\\])*")|\/\/.*|\/\*[^]*?\*\//g, "$1")
      .replace(/("(?:\\.|[^"\\])*")|,(?=\s*[}\]])/g, "$1");
    return plain.trim() === "" ? {} : JSON.parse(plain);
  }
}

/** What is wrong with the text of a file, if that is why it cannot be read: whatever it was to say, it is missed. */
export function parseErrorIn(file: URL, parse: (text: string) => unknown): SyntaxError | undefined {
  try {
    parse(Deno.readTextFileSync(file));
    return undefined;
  } catch (error) {
    return error instanceof SyntaxError ? error : undefined; // may not be read: Deno has its own words
  }
}
