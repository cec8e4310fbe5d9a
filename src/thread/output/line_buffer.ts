/**
 * Splits bytes into lines. An incomplete line waits for its rest. Text that a carriage return
 * overwrites is dropped, as on a terminal: of a counting percentage, only the last one is emitted.
 */
export class LineBuffer {
  readonly #emit: (line: string) => void;
  readonly #decoder = new TextDecoder();
  /** An array, since progress shown by dots arrives in many pieces. */
  #rest: string[] = [];
  /**
   * Whether there were writes since the last flush. Each task ends with a flush, most of which have
   * nothing to do.
   */
  #isWritten = false;

  /** @param emit Receives a line without its line break. */
  constructor(emit: (line: string) => void) {
    this.#emit = emit;
  }

  /**
   * Adds bytes.
   *
   * @returns The number of bytes: all are accepted.
   */
  write(bytes: Uint8Array): number {
    this.#isWritten = true;
    this.#take(this.#decoder.decode(bytes, { stream: true }));
    return bytes.length;
  }

  /** Emits the incomplete line. */
  flush(): void {
    const rest = this.takeRest();
    if (rest !== "") this.#emit(rest);
  }

  /** Returns and clears the incomplete line, to which the caller appends. */
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

/**
 * The part of a line that is visible on a terminal. A carriage return at the end stays, since
 * nothing has overwritten the line yet.
 */
function visiblePart(line: string): string {
  return line.slice(line.lastIndexOf("\r", line.length - 2) + 1);
}

function withoutReturn(line: string): string {
  return line.endsWith("\r") ? line.slice(0, -1) : line;
}
