/**
 * The file of a journal. It is given up when it cannot be written, since a run is more than its journal: it
 * ends where it broke off, as that of a killed run does.
 */
import { type SyncWriter, type TextSink, writeText } from "../base/write.ts";

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
  readonly #file: OpenFile;
  readonly #giveUp: (error: unknown) => void;

  /** @param giveUp Is told, once, why the file cannot be written. */
  constructor(file: OpenFile, giveUp: (error: unknown) => void) {
    this.#file = file;
    this.#giveUp = giveUp;
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
      this.#giveUp(error);
    }
  }
}
