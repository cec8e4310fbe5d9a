/** The file of a journal, on a disk that is full. */
import { assertEquals } from "@std/assert";
import { JournalFile } from "../../src/cli/run/journal_file.ts";

Deno.test("JournalFile: what cannot be written is told once, and is no error", () => {
  const written: number[] = [];
  const told: string[] = [];
  let syncs = 0;
  const file = new JournalFile({
    writeSync(bytes) {
      if (written.length === 2) throw new Error("the disk is full");
      return written.push(bytes.length), 1; // a byte at a time
    },
    syncDataSync: () => void syncs++,
    close() {},
  }, (note) => told.push(note));
  file.write("ab");
  file.sync();
  assertEquals([file.isIntact, syncs], [true, 1]);
  file.write("cd");
  file.write("ef");
  file.sync();
  file.close();
  assertEquals(written, [2, 1]);
  const note = 'Cannot keep a journal in ".tdrun": the disk is full; --rerun-failed will not know';
  assertEquals(told, [`${note} of this run`]);
  assertEquals([file.isIntact, syncs], [false, 1]);
});

Deno.test("JournalFile: of one that has begun, a later run knows what was written", () => {
  const told: string[] = [];
  const file = new JournalFile({
    writeSync() {
      throw new Error("the disk is full");
    },
    syncDataSync() {},
    close() {},
  }, (note) => told.push(note));
  file.hasBegun = true;
  file.write("ab");
  assertEquals(told, [
    'Cannot continue the journal in ".tdrun": the disk is full; ' +
    "--rerun-failed will know only the outcomes so far",
  ]);
});
