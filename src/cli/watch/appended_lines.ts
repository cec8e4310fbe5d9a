/** Reads the lines that another process appends to a file. */

/** The lines of a file; there are none before it exists. */
export class AppendedLines {
  readonly #path: string;
  readonly #decoder = new TextDecoder();
  #offset = 0;
  #rest = "";

  /** @param path The path of the file. */
  constructor(path: string) {
    this.#path = path;
  }

  /** Returns the complete lines since the last call. */
  read(): string[] {
    const lines = (this.#rest + this.#readText()).split("\n");
    this.#rest = lines.pop()!;
    return lines;
  }

  #readText(): string {
    let size: number;
    try {
      ({ size } = Deno.statSync(this.#path));
    } catch {
      return ""; // it does not exist yet, or no longer
    }
    if (size <= this.#offset) return "";
    using file = Deno.openSync(this.#path);
    file.seekSync(this.#offset, Deno.SeekMode.Start);
    const bytes = new Uint8Array(size - this.#offset);
    const count = file.readSync(bytes) ?? 0;
    this.#offset += count;
    return this.#decoder.decode(bytes.subarray(0, count), { stream: true });
  }
}
