/** The file of a journal, on a disk that is full. */
import { assertEquals } from "@std/assert";
import { JournalFile } from "../../src/cli/journal_file.ts";

Deno.test("JournalFile: what cannot be written is told once, and is no error", () => {
  const written: number[] = [];
  const told: unknown[] = [];
  let syncs = 0;
  const file = new JournalFile({
    writeSync(bytes) {
      if (written.length === 2) throw new Error("the disk is full");
      return written.push(bytes.length), 1; // a byte at a time
    },
    syncDataSync: () => void syncs++,
    close() {},
  }, (error) => told.push(error));
  file.write("ab");
  file.sync();
  assertEquals([file.isWhole, syncs], [true, 1]);
  file.write("cd");
  file.write("ef");
  file.sync();
  file.close();
  assertEquals(written, [2, 1]);
  assertEquals(told.map(String), ["Error: the disk is full"]);
  assertEquals([file.isWhole, syncs], [false, 1]);
});
