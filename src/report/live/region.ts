/**
 * The region at the bottom of a terminal that is drawn again and again, and the lines that appear
 * above it.
 *
 * Between two draws the cursor rests, unseen, above the region in a row of its own, which is empty. What
 * is written there behind our back (by a child process, by a terminal that echoes ^C, or through a pipe
 * that leads back) is never erased, whether it has ended its line or not: a draw begins where the cursor
 * is and leaves it there, and lines that go above begin in a fresh row. So it does not matter either what
 * the terminal does to the rows when its size changes.
 *
 * Lines do not wait for the next draw, unless the last one is younger than {@linkcode DRAW_MS}.
 */
import {
  BEGIN_UPDATE,
  END_UPDATE,
  ERASE_BELOW,
  ERASE_FROM_START,
  ERASE_REST,
  HIDE_CURSOR,
  makeRoom,
  RESET_STYLE,
  RESTORE_CURSOR,
  SAVE_CURSOR,
  SHOW_CURSOR,
  toFreshRow,
  WRAP_OFF,
  WRAP_ON,
} from "./ansi_escapes.ts";
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
  /** Whether standard output may come back here: it is a pipe, and its reader may print (`| tee`). */
  readonly mayEchoStdout?: boolean;
  /** Writes a text to a stream as it is. */
  write(stream: Stream, text: string): void;
  /** Sees to it that the cursor comes back whatever becomes of this process. Returns what ends that. */
  guardCursor?(): () => void;
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
  #pending: { readonly stream: Stream; readonly text: string }[] = [];
  /** What stands on the terminal; undefined before the first draw. */
  #drawn: string | undefined;
  #drawnMs: number;
  /** Nothing is drawn before: what comes back through a pipe has room. */
  #hiddenUntilMs = 0;
  #isOpen = true;
  #failure: { readonly error: unknown } | undefined;
  #dueMs = Infinity;
  #cancelTimer: () => void = () => {};
  #releaseCursor: (() => void) | undefined;

  /** The first draw comes a moment later: a run that is over by then leaves the terminal alone. */
  constructor(options: RegionOptions) {
    this.#options = options;
    this.#drawnMs = options.ticker.nowMs();
    this.#schedule(DRAW_MS);
  }

  /**
   * Something has changed that the rows show.
   *
   * @throws what the last draw threw: that was in a timer, where nobody could have caught it.
   */
  invalidate(): void {
    const failure = this.#failure;
    this.#failure = undefined;
    if (failure) {
      this.close();
      throw failure.error;
    }
    if (this.#isOpen) this.#schedule(DRAW_MS);
  }

  /** Writes lines above the region; where standard output is elsewhere, any text for it. */
  write(stream: Stream, text: string): void {
    const { terminal, ticker } = this.#options;
    const isRedirected = stream === "out" && !terminal.hasOut;
    const isDrawn = this.#isOpen && this.#drawn !== undefined;
    if (isRedirected && terminal.mayEchoStdout) this.#makeWayForEcho();
    if (isRedirected || !isDrawn) return terminal.write(stream, text);
    this.#pending.push({ stream, text });
    if (ticker.nowMs() - this.#drawnMs < DRAW_MS) this.#schedule(DRAW_MS);
    else this.#draw();
  }

  /**
   * Takes the region away until nothing has been written for a while, whatever changes meanwhile: what comes back has
   * room then.
   */
  #makeWayForEcho(): void {
    if (!this.#isOpen) return;
    this.hide();
    this.#hiddenUntilMs = this.#options.ticker.nowMs() + HEARTBEAT_MS;
    this.#cancelTimer();
    this.#dueMs = Infinity;
    this.#schedule(DRAW_MS);
  }

  /** Takes the region away, and gives the cursor back, until it is drawn again. */
  hide(): void {
    if (this.#drawn === undefined) return;
    const { columns } = this.#options.terminal.size();
    this.#flush(toFreshRow(columns) + ERASE_FROM_START, RESET_STYLE + SHOW_CURSOR);
    this.#drawn = undefined;
  }

  /** Takes the region away for good. */
  close(): void {
    this.#isOpen = false;
    this.#cancelTimer();
    this.hide();
    this.#releaseCursor?.();
    this.#releaseCursor = undefined;
  }

  /** Sees to it that a draw comes so long after the last one, or sooner; while the region gives way, when it need not. */
  #schedule(delayMs: number): void {
    const dueMs = Math.max(this.#drawnMs + delayMs, this.#hiddenUntilMs);
    if (this.#dueMs <= dueMs) return;
    this.#cancelTimer();
    this.#dueMs = dueMs;
    const { ticker } = this.#options;
    this.#cancelTimer = ticker.after(Math.max(0, dueMs - ticker.nowMs()), () => this.#onTimer());
  }

  #onTimer(): void {
    try {
      this.#draw();
    } catch (error) {
      this.#failure = { error };
      this.#isOpen = false;
    }
  }

  #draw(): void {
    const { terminal, ticker, draw } = this.#options;
    this.#cancelTimer();
    this.#dueMs = Infinity;
    this.#drawnMs = ticker.nowMs();
    const { columns, rows: rowsMax } = terminal.size();
    const rows = draw({ columns, rows: rowsMax - 1 }).slice(0, Math.max(0, rowsMax - 1));
    const drawn = frameText(rows);
    const before = this.#drawn === undefined ? HIDE_CURSOR : "";
    this.#releaseCursor ??= terminal.guardCursor?.();
    if (this.#pending.length > 0) {
      const above = toFreshRow(columns) + ERASE_FROM_START;
      this.#flush(before + BEGIN_UPDATE + above, RESET_STYLE + drawn + END_UPDATE);
    } else if (this.#drawn !== drawn) {
      this.#flush(before + BEGIN_UPDATE, drawn + END_UPDATE);
    }
    this.#drawn = drawn;
    this.#schedule(HEARTBEAT_MS);
  }

  /** Writes what waits between two texts, in as few writes as the streams allow. */
  #flush(first: string, last: string): void {
    const parts: { stream: Stream; text: string }[] = [{ stream: "err", text: first }];
    const waiting = this.#pending;
    this.#pending = [];
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

/** Rows below the cursor, which stays where it is. Each erases what stood there before it. */
function frameText(rows: readonly string[]): string {
  const texts = rows.map((row) => `\n${ERASE_BELOW}${row}`).join("");
  return makeRoom(rows.length) + SAVE_CURSOR + ERASE_REST + RESET_STYLE + WRAP_OFF + texts +
    WRAP_ON +
    RESTORE_CURSOR;
}
