/**
 * The file of a journal. It is given up when it cannot be written, since a run is more than its journal: it
 * ends where it broke off, as that of a killed run does.
 */
import { errorText } from "../../base/text_format.ts";
import { type SyncWriter, type TextSink, writeText } from "../../base/write_all.ts";
import { JOURNAL_FOLDER } from "../../journal/journal_folder.ts";

/** What is needed of a file. */
export interface OpenFile extends SyncWriter {
  /** Puts its content on the disk. */
  syncDataSync(): void;
  /** Lets go of it. */
  close(): void;
}

/** See the head of this file. */
export class JournalFile implements TextSink {
  /** Whether all has been written so far. */
  isWhole = true;
  /** Whether a run could go on with what has been written. */
  hasBegun = false;
  readonly #file: OpenFile;
  readonly #note: (text: string) => void;

  /** @param note Is told, once, why the file is given up. */
  constructor(file: OpenFile, note: (text: string) => void) {
    this.#file = file;
    this.#note = note;
  }

  write(text: string): void {
    this.#try(() => writeText(this.#file, text));
  }

  /** Has what was written put on the disk itself. */
  sync(): void {
    this.#try(() => this.#file.syncDataSync());
  }

  close(): void {
    this.#file.close();
  }

  #try(work: () => void): void {
    if (!this.isWhole) return;
    try {
      work();
    } catch (error) {
      this.isWhole = false;
      this.#note(abandonedNote(error, this.hasBegun));
    }
  }
}

/** Why there is no journal, or no more of it, and what comes of that. */
export function abandonedNote(error: unknown, hasBegun: boolean): string {
  const what = `${hasBegun ? "go on with the" : "keep a"} journal in "${JOURNAL_FOLDER}"`;
  const known = hasBegun ? "know what this run has done until now" : "not know of this run";
  return `Cannot ${what}: ${errorText(error)}; --rerun-failed will ${known}`;
}
