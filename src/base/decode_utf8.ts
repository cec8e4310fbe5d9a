/** Text of files that people have written. */

const decoder = new TextDecoder("utf-8", { fatal: true });

/**
 * The text that bytes are, without the mark that some editors begin it with.
 *
 * @throws when it is none: letters of another encoding would be lost without a word.
 */
export function decodeUtf8(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw new Error("it is not UTF-8");
  }
}
