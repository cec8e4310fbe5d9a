/**
 * The region at the bottom of a terminal that is redrawn, and the lines written above it.
 *
 * Between two draws the cursor is hidden above the region, in an empty row of its own. Text that
 * others write there (a child process, a terminal that echoes ^C, a pipe that leads back to the
 * terminal) is never erased, whether or not it ends its line: a draw starts at the cursor and
 * leaves it there, and lines above start in a fresh row. For the same reason it does not matter how
 * the terminal reflows rows when it is resized.
 *
 * Lines do not wait for the next draw, unless the last one is less than {@linkcode DRAW_MS} ago.
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

/** The size of a terminal. */
export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** The terminal on standard error, and standard output. */
export interface Terminal {
  /** Returns the current size. */
  size(): Size;
  /** Whether standard output is the same terminal. */
  readonly hasOut: boolean;
  /**
   * Whether text on standard output may reappear on the terminal: it is a pipe, and its reader may
   * print (`| tee`).
   */
  readonly mayEchoStdout?: boolean;
  /** Writes a text to a stream unchanged. */
  write(stream: Stream, text: string): void;
  /**
   * Ensures that the cursor is shown again even if this process is killed. Returns a function that
   * stops the guard.
   */
  guardCursor?(): () => void;
}

/** Options of a {@linkcode Region}. */
export interface RegionOptions {
  readonly terminal: Terminal;
  readonly ticker: Ticker;
  /** Returns the rows to draw, none wider than the terminal. */
  readonly draw: (size: Size) => readonly string[];
  /** Returns whether threads are starting: then the region is drawn more often. */
  readonly isStarting?: () => boolean;
}

/** Minimum time between two draws in milliseconds: 20 frames per second. */
export const DRAW_MS = 50;
/**
 * Maximum time between two draws in milliseconds: shown times have tenths of seconds. A draw writes
 * the rows even if they have not changed: Deno erases them when it loads a module in a thread.
 */
export const HEARTBEAT_MS = 100;
/**
 * The same while threads are starting: Deno erases the rows several times in that time, and gives
 * no sign of it. A draw is a few hundred bytes, and a thread starts in less than 100 ms.
 */
export const STARTING_MS = 20;
/** Time without text to the pipe after which the region appears again, in milliseconds. */
export const ECHO_MS = 500;

/** A region of the terminal that is redrawn at most every {@linkcode DRAW_MS}. */
export class Region {
  readonly #options: RegionOptions;
  /** Texts that will be written above the region. */
  #pending: { readonly stream: Stream; readonly text: string }[] = [];
  /** Whether the region is on the terminal. */
  #isDrawn = false;
  #drawnMs: number;
  /** Time before which nothing is drawn, so that text from the pipe appears undisturbed. */
  #hiddenUntilMs = 0;
  #isOpen = true;
  #failure: { readonly error: unknown } | undefined;
  #dueMs = Infinity;
  #cancelTimer: () => void = () => {};
  #releaseCursor: (() => void) | undefined;

  /** The first draw is delayed: a run that has finished by then leaves the terminal alone. */
  constructor(options: RegionOptions) {
    this.#options = options;
    this.#drawnMs = options.ticker.nowMs();
    this.#schedule(DRAW_MS);
  }

  /**
   * Schedules a draw after a change.
   *
   * @throws the error of the last draw, which occurred in a timer, where no caller could catch it.
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

  /** Writes lines above the region; if standard output is redirected, any text. */
  write(stream: Stream, text: string): void {
    const { terminal, ticker } = this.#options;
    const isRedirected = stream === "out" && !terminal.hasOut;
    const isDrawn = this.#isOpen && this.#isDrawn;
    if (isRedirected && terminal.mayEchoStdout) this.#makeWayForEcho();
    if (isRedirected || !isDrawn) return terminal.write(stream, text);
    this.#pending.push({ stream, text });
    if (ticker.nowMs() - this.#drawnMs < DRAW_MS) this.#schedule(DRAW_MS);
    else this.#draw();
  }

  /**
   * Hides the region until nothing has been written to the pipe for a while, so that its text can
   * reappear undisturbed.
   */
  #makeWayForEcho(): void {
    if (!this.#isOpen) return;
    this.hide();
    this.#hiddenUntilMs = this.#options.ticker.nowMs() + ECHO_MS;
    this.#cancelTimer();
    this.#dueMs = Infinity;
    this.#schedule(DRAW_MS);
  }

  /** Hides the region and shows the cursor, until the next draw. */
  hide(): void {
    if (!this.#isDrawn) return;
    const { columns } = this.#options.terminal.size();
    this.#flush(toFreshRow(columns) + ERASE_FROM_START, RESET_STYLE + SHOW_CURSOR);
    this.#isDrawn = false;
  }

  /** Hides the region permanently. */
  close(): void {
    this.#isOpen = false;
    this.#cancelTimer();
    this.hide();
    this.#releaseCursor?.();
    this.#releaseCursor = undefined;
  }

  /**
   * Schedules a draw at most this long after the last one; while the region makes way, after that.
   */
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
    const before = this.#isDrawn ? "" : HIDE_CURSOR;
    this.#releaseCursor ??= terminal.guardCursor?.();
    if (this.#pending.length > 0) {
      const above = toFreshRow(columns) + ERASE_FROM_START;
      this.#flush(before + BEGIN_UPDATE + above, RESET_STYLE + drawn + END_UPDATE);
    } else {
      this.#flush(before + BEGIN_UPDATE, drawn + END_UPDATE);
    }
    this.#isDrawn = true;
    this.#schedule(this.#options.isStarting?.() ? STARTING_MS : HEARTBEAT_MS);
  }

  /** Writes the pending texts between two texts, in as few writes as the streams allow. */
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

/** Draws rows below the cursor, which keeps its position. Each row erases the screen below it. */
function frameText(rows: readonly string[]): string {
  const texts = rows.map((row) => `\n${ERASE_BELOW}${row}`).join("");
  return makeRoom(rows.length) + SAVE_CURSOR + ERASE_REST + RESET_STYLE + WRAP_OFF + texts +
    WRAP_ON +
    RESTORE_CURSOR;
}
