/** A terminal emulator that supports only the escape codes that Region uses. */
import { AssertionError } from "@std/assert";
import type { Size, Stream, Terminal } from "../../../src/report/live/region.ts";
import { displayWidth } from "../../../src/base/display_width.ts";

const SEGMENTER = new Intl.Segmenter(undefined, { granularity: "grapheme" });
// deno-lint-ignore no-control-regex -- escape codes
const TOKEN = /\x1b\[(\??)([\d;]*)([A-Za-z])|\x1b[78D]|[\r\n]|[^\x1b\r\n]+|[^]/g;

/** A terminal that keeps what was written; throws at an unknown escape code. */
export class FakeTerminal implements Terminal {
  readonly hasOut: boolean;
  readonly mayEchoStdout: boolean;
  /** Each write, as it came. */
  readonly writes: { readonly stream: Stream; readonly text: string }[] = [];
  isCursorVisible = true;
  #size: Size;
  /** All rows from the first that was ever written; the last ones are seen. */
  #rows: string[][] = [[]];
  #row = 0;
  #column = 0;
  #wraps = true;
  #saved = { row: 0, column: 0 };

  constructor(size: Size, { hasOut = true, mayEchoStdout = false } = {}) {
    this.#size = size;
    this.hasOut = hasOut;
    this.mayEchoStdout = mayEchoStdout;
  }

  size(): Size {
    return this.#size;
  }

  /** Changes the size of the window. Text on the screen stays. */
  resize(size: Size): void {
    this.#size = size;
  }

  write(stream: Stream, text: string): void {
    this.writes.push({ stream, text });
    if (stream === "out" && !this.hasOut) return;
    for (const [token, mark, number, command] of text.matchAll(TOKEN)) {
      if (command !== undefined) this.#obey(`${mark}${number}${command}`);
      else if (token === "\r") this.#column = 0;
      else if (token === "\n") this.#lineFeed();
      else if (token.startsWith("\x1b")) this.#obeyShort(token[1]);
      else this.#print(token);
    }
  }

  /** The text on the screen, without blanks and empty rows at the end. */
  get text(): string {
    return this.#rows.map((row) => row.join("").trimEnd()).join("\n").trimEnd();
  }

  #obeyShort(code: string | undefined): void {
    if (code === "7") this.#saved = { row: this.#row, column: this.#column };
    else if (code === "8") ({ row: this.#row, column: this.#column } = this.#saved);
    else if (code === "D") {
      const column = this.#column;
      this.#lineFeed();
      this.#column = column;
    } else throw new AssertionError(`the fake terminal does not know ESC ${code}`);
  }

  #eraseRest(): void {
    const row = this.#rows[this.#row]!;
    row.length = Math.min(row.length, this.#column);
  }

  #obey(code: string): void {
    if (code === "K") this.#eraseRest();
    else if (code === "C") this.#column = Math.min(this.#column + 1, this.#size.columns - 1);
    else if (code === "J") {
      const top = Math.max(0, this.#rows.length - this.#size.rows);
      if (this.#row === top && this.#column === 0) {
        throw new AssertionError("tmux would keep a copy of the screen");
      }
      this.#eraseRest();
      // The rows stay: the terminal is as high as it was.
      for (let row = this.#row + 1; row < this.#rows.length; row++) this.#rows[row] = [];
    } else if (/^\d+A$/.test(code)) {
      const top = Math.max(0, this.#rows.length - this.#size.rows);
      this.#row = Math.max(top, this.#row - parseInt(code));
    } else if (code === "?25l") this.isCursorVisible = false;
    else if (code === "?25h") this.isCursorVisible = true;
    else if (code === "?7l") this.#wraps = false;
    else if (code === "?7h") this.#wraps = true;
    else if (!code.endsWith("m") && !code.startsWith("?2026")) {
      throw new AssertionError(`the fake terminal does not know CSI ${code}`);
    }
  }

  #print(text: string): void {
    for (const { segment } of SEGMENTER.segment(text)) {
      const width = displayWidth(segment);
      if (this.#column + width > this.#size.columns) {
        if (!this.#wraps) throw new AssertionError(`a drawn row is too wide: ${text}`);
        this.#lineFeed();
      }
      const row = this.#rows[this.#row]!;
      while (row.length < this.#column) row.push(" ");
      row.splice(this.#column, width, segment, ...Array(Math.max(0, width - 1)).fill(""));
      this.#column += width;
    }
  }

  #lineFeed(): void {
    this.#row++;
    this.#column = 0;
    if (this.#row === this.#rows.length) this.#rows.push([]);
  }
}
