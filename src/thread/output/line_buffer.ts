/** Cuts bytes into lines. */

/**
 * See the head of this file. A part without a line break waits for the rest. What a carriage return has
 * gone back over is dropped, as on a terminal: of a percentage that counts up the last one is told.
 */
export class LineBuffer {
  readonly #emit: (line: string) => void;
  readonly #decoder = new TextDecoder();
  /** In pieces: what shows progress by dots writes many. */
  #rest: string[] = [];
  /** Whether something was written since the last flush: there is one after each task, mostly of nothing. */
  #isWritten = false;

  /** @param emit Takes a line, without its line break. */
  constructor(emit: (line: string) => void) {
    this.#emit = emit;
  }

  /**
   * Takes bytes.
   *
   * @returns How many: all of them.
   */
  write(bytes: Uint8Array): number {
    this.#isWritten = true;
    this.#take(this.#decoder.decode(bytes, { stream: true }));
    return bytes.length;
  }

  /** Passes on what waits: there will be no rest. */
  flush(): void {
    const rest = this.takeRest();
    if (rest !== "") this.#emit(rest);
  }

  /** Hands out what waits, as what comes now stands behind it on the same line. */
  takeRest(): string {
    if (!this.#isWritten) return "";
    this.#isWritten = false;
    this.#take(this.#decoder.decode());
    return withoutReturn(visiblePart(this.#takeRest()));
  }

  #take(text: string): void {
    this.#rest.push(text);
    if (!/[\r\n]/.test(text)) return;
    const lines = this.#takeRest().split("\n");
    this.#rest.push(visiblePart(lines.pop()!));
    for (const line of lines) this.#emit(withoutReturn(visiblePart(line)));
  }

  #takeRest(): string {
    const rest = this.#rest.join("");
    this.#rest = [];
    return rest;
  }
}

/** The last one at its end stays: what has been written is seen until something is written over it. */
function visiblePart(line: string): string {
  return line.slice(line.lastIndexOf("\r", line.length - 2) + 1);
}

function withoutReturn(line: string): string {
  return line.endsWith("\r") ? line.slice(0, -1) : line;
}
