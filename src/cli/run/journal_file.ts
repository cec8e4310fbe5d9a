/** The file that a journal is written to. */
import { errorText } from "../../base/text_format.ts";
import { type SyncWriter, type TextSink, writeText } from "../../base/write_all.ts";
import { JOURNAL_FOLDER } from "../../journal/journal_folder.ts";

/** The methods of `Deno.FsFile` that a journal uses. */
export interface SyncFile extends SyncWriter {
  /** Flushes the written data to the disk. */
  syncDataSync(): void;
  close(): void;
}

/**
 * The file of a journal. After the first failed write, all later writes are dropped and the run
 * continues: the journal then ends in the middle, like that of a killed run.
 */
export class JournalFile implements TextSink {
  /** Whether no write has failed so far. */
  isIntact = true;
  /** Whether the journal has begun: its head and its reused results are written. */
  hasBegun = false;
  readonly #file: SyncFile;
  readonly #note: (text: string) => void;

  /** @param note Prints a note, once, on the first failure. */
  constructor(file: SyncFile, note: (text: string) => void) {
    this.#file = file;
    this.#note = note;
  }

  write(text: string): void {
    this.#attempt(() => writeText(this.#file, text));
  }

  /** Flushes the written data to the disk. */
  sync(): void {
    this.#attempt(() => this.#file.syncDataSync());
  }

  close(): void {
    this.#file.close();
  }

  #attempt(work: () => void): void {
    if (!this.isIntact) return;
    try {
      work();
    } catch (error) {
      this.isIntact = false;
      this.#note(journalFailureNote(error, this.hasBegun));
    }
  }
}

/** Formats the note on a failed write: the reason, and what `--rerun-failed` will miss. */
export function journalFailureNote(error: unknown, hasBegun: boolean): string {
  const action = `${hasBegun ? "continue the" : "keep a"} journal in "${JOURNAL_FOLDER}"`;
  const consequence = hasBegun ? "know only the outcomes so far" : "not know of this run";
  return `Cannot ${action}: ${errorText(error)}; --rerun-failed will ${consequence}`;
}
