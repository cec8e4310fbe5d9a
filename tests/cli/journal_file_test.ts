/** The file of a journal on a full disk. */
import { assertEquals } from "@std/assert";
import { JournalFile } from "../../src/cli/run/journal_file.ts";

Deno.test("JournalFile prints one note and drops later writes when a write fails", () => {
  const written: number[] = [];
  const notes: string[] = [];
  let syncs = 0;
  const file = new JournalFile({
    writeSync(bytes) {
      if (written.length === 2) throw new Error("the disk is full");
      return written.push(bytes.length), 1; // a byte at a time
    },
    syncDataSync: () => void syncs++,
    close() {},
  }, (note) => notes.push(note));
  file.write("ab");
  file.sync();
  assertEquals([file.isIntact, syncs], [true, 1]);
  file.write("cd");
  file.write("ef");
  file.sync();
  file.close();
  assertEquals(written, [2, 1]);
  const note = 'Cannot keep a journal in ".tdrun": the disk is full; --rerun-failed will not know';
  assertEquals(notes, [`${note} of this run`]);
  assertEquals([file.isIntact, syncs], [false, 1]);
});

Deno.test("JournalFile notes that earlier outcomes remain when the journal has begun", () => {
  const notes: string[] = [];
  const file = new JournalFile({
    writeSync() {
      throw new Error("the disk is full");
    },
    syncDataSync() {},
    close() {},
  }, (note) => notes.push(note));
  file.hasBegun = true;
  file.write("ab");
  assertEquals(notes, [
    'Cannot continue the journal in ".tdrun": the disk is full; ' +
    "--rerun-failed will know only the outcomes so far",
  ]);
});
