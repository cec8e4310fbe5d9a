/** Keys of a terminal. */

/**
 * Reads keys from the terminal on standard input.
 *
 * @param onKey Called with each key; Enter is `\r`.
 * @returns Restores the terminal.
 */
export function readKeys(onKey: (key: string) => void): () => void {
  // Ctrl-C stays a signal, which the processes of the terminal receive; Windows cannot do that.
  Deno.stdin.setRaw(true, { cbreak: Deno.build.os !== "windows" });
  void (async () => {
    const decoder = new TextDecoder();
    for await (const bytes of Deno.stdin.readable) {
      const text = decoder.decode(bytes, { stream: true });
      // An escape sequence, such as that of an arrow, is not a key of the watch.
      if (!text.startsWith("\x1b")) [...text].forEach((key) => onKey(key === "\n" ? "\r" : key));
    }
  })().catch(() => {}); // the terminal is gone
  return () => {
    try {
      Deno.stdin.setRaw(false);
    } catch {
      // the terminal is gone
    }
  };
}
