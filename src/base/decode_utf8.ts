/** Decoding of text files that people have written. */

const decoder = new TextDecoder("utf-8", { fatal: true });

/**
 * Decodes UTF-8, without a byte order mark.
 *
 * @throws when the bytes are not UTF-8: characters of another encoding would be lost silently.
 */
export function decodeUtf8(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw new Error("invalid UTF-8");
  }
}
