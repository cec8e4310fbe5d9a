/**
 * The file of a journal. It is given up when it cannot be written, since a run is more than its journal: it
 * ends where it broke off, as that of a killed run does.
 */
import { errorText } from "../../base/text_format.ts";
import { type SyncWriter, type TextSink, writeText } from "../../base/write_all.ts";
import { JOURNAL_FOLDER } from "../../journal/journal_folder.ts";

/** What is needed of a file. */
export interface SyncFile extends SyncWriter {
  /** Puts its content on the disk. */
  syncDataSync(): void;
  /** Lets go of it. */
  close(): void;
}

/** See the head of this file. */
export class JournalFile implements TextSink {
  /** Whether all has been written so far. */
  isIntact = true;
  /** Whether a run could go on with what has been written. */
  hasBegun = false;
  readonly #file: SyncFile;
  readonly #note: (text: string) => void;

  /** @param note Is told, once, why the file is given up. */
  constructor(file: SyncFile, note: (text: string) => void) {
    this.#file = file;
    this.#note = note;
  }

  write(text: string): void {
    this.#attempt(() => writeText(this.#file, text));
  }

  /** Has what was written put on the disk itself. */
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

/** Why there is no journal, or no more of it, and what comes of that. */
export function journalFailureNote(error: unknown, hasBegun: boolean): string {
  const action = `${hasBegun ? "go on with the" : "keep a"} journal in "${JOURNAL_FOLDER}"`;
  const consequence = hasBegun ? "know what this run has done until now" : "not know of this run";
  return `Cannot ${action}: ${errorText(error)}; --rerun-failed will ${consequence}`;
}
