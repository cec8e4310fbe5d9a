/**
 * The region at the bottom of a terminal that is drawn again and again, and the lines that appear
 * above it.
 *
 * Between two draws the cursor rests, unseen, in the region's first row, which is empty. So whatever
 * the terminal does to the rows when its size changes, erasing is the same: from the cursor down. And
 * what is written there behind our back (by a child process, or a terminal that echoes ^C) has a row
 * of its own, and is not erased once it has ended its line.
 *
 * Lines do not wait for the next draw, unless the last one is younger than {@linkcode DRAW_MS}.
 */
import {
  BEGIN_UPDATE,
  END_UPDATE,
  ERASE_BELOW,
  HIDE_CURSOR,
  RESET_STYLE,
  SHOW_CURSOR,
  toRowAbove,
  WRAP_OFF,
  WRAP_ON,
} from "./escapes.ts";
import type { Ticker } from "./ticker.ts";

/** The stream of a line. */
export type Stream = "out" | "err";

/** Columns and rows. */
export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** The terminal on standard error, and what lies on standard output. */
export interface Terminal {
  /** How large it is now. */
  size(): Size;
  /** Whether standard output is a terminal too, and so this one. */
  readonly hasOut: boolean;
  /** Writes a text to a stream as it is. */
  write(stream: Stream, text: string): void;
}

/** What a region is made with. */
export interface RegionOptions {
  readonly terminal: Terminal;
  readonly ticker: Ticker;
  /** Makes the rows to draw, none wider than the terminal. */
  readonly draw: (size: Size) => readonly string[];
}

/** Two draws are at least so far apart. */
export const DRAW_MS = 50;
/** And at most so far: times move on, though nothing happens. */
export const HEARTBEAT_MS = 500;

/** See the head of this file. */
export class Region {
  readonly #options: RegionOptions;
  /** What waits to be written above. */
  #texts: { readonly stream: Stream; readonly text: string }[] = [];
  /** What stands on the terminal; undefined before the first draw. */
  #drawn: string | undefined;
  #drawnMs: number;
  #isOpen = true;
  #failure: { readonly error: unknown } | undefined;
  #due = Infinity;
  #disarm: () => void = () => {};

  /** The first draw comes a moment later: a run that is over by then leaves the terminal alone. */
  constructor(options: RegionOptions) {
    this.#options = options;
    this.#drawnMs = options.ticker.nowMs();
    this.#arm(DRAW_MS);
  }

  /**
   * Something has changed that the rows show.
   *
   * @throws what the last draw threw: that was in a timer, where nobody could have caught it.
   */
  changed(): void {
    const failure = this.#failure;
    this.#failure = undefined;
    if (failure) {
      this.close();
      throw failure.error;
    }
    if (this.#isOpen) this.#arm(DRAW_MS);
  }

  /** Writes lines above the region; where standard output is elsewhere, any text for it. */
  write(stream: Stream, text: string): void {
    const { terminal, ticker } = this.#options;
    const isElsewhere = stream === "out" && !terminal.hasOut;
    const isDrawn = this.#isOpen && this.#drawn !== undefined;
    if (isElsewhere || !isDrawn) terminal.write(stream, text);
    else this.#texts.push({ stream, text });
    if (!isDrawn) return;
    // A pipe may lead back here (`| tee`): what it brought is moved above by the next draw.
    if (isElsewhere || ticker.nowMs() - this.#drawnMs < DRAW_MS) this.#arm(DRAW_MS);
    else this.#draw();
  }

  /** Takes the region away, and gives the cursor back, until it is drawn again. */
  lift(): void {
    if (this.#drawn !== undefined) this.#flush(ERASE_BELOW, RESET_STYLE + SHOW_CURSOR);
    this.#drawn = undefined;
  }

  /** Takes the region away for good. */
  close(): void {
    this.#isOpen = false;
    this.#disarm();
    this.lift();
  }

  /** Sees to it that a draw comes so long after the last one, or sooner. */
  #arm(delayMs: number): void {
    const due = this.#drawnMs + delayMs;
    if (this.#due <= due) return;
    this.#disarm();
    this.#due = due;
    const { ticker } = this.#options;
    this.#disarm = ticker.after(Math.max(0, due - ticker.nowMs()), () => this.#ring());
  }

  #ring(): void {
    try {
      this.#draw();
    } catch (error) {
      this.#failure = { error };
      this.#isOpen = false;
    }
  }

  #draw(): void {
    const { terminal, ticker, draw } = this.#options;
    this.#disarm();
    this.#due = Infinity;
    this.#drawnMs = ticker.nowMs();
    const { columns, rows: rowsMax } = terminal.size();
    const rows = ["", ...draw({ columns, rows: rowsMax - 1 })].slice(0, rowsMax);
    const drawn = WRAP_OFF + rows.join("\n") + WRAP_ON + toRowAbove(rows.length - 1);
    const before = this.#drawn === undefined ? HIDE_CURSOR : "";
    if (this.#texts.length > 0 || this.#drawn !== drawn) {
      this.#flush(before + BEGIN_UPDATE + ERASE_BELOW, RESET_STYLE + drawn + END_UPDATE);
    }
    this.#drawn = drawn;
    this.#arm(HEARTBEAT_MS);
  }

  /** Writes what waits between two texts, in as few writes as the streams allow. */
  #flush(first: string, last: string): void {
    const parts: { stream: Stream; text: string }[] = [{ stream: "err", text: first }];
    const waiting = this.#texts;
    this.#texts = [];
    const isWhole = waiting.at(-1)?.text.endsWith("\n") ?? true;
    const end = { stream: "err", text: isWhole ? last : `\n${last}` } as const;
    for (const { stream, text } of [...waiting, end]) {
      const part = parts.at(-1)!;
      if (part.stream === stream) part.text += text;
      else parts.push({ stream, text });
    }
    for (const { stream, text } of parts) this.#options.terminal.write(stream, text);
  }
}
