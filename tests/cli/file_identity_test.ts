import { assertEquals, assertNotEquals } from "@std/assert";
import { fileIdentity } from "../../src/cli/system/file_identity.ts";
import { TestSpace } from "../support/command.ts";

Deno.test("fileIdentity() differs for two files when inode numbers are null or equal", async () => {
  await using space = await TestSpace.create();
  for (const name of ["one", "other"]) await space.file(name, "");
  await Deno.symlink("one", `${space.folder}/link`);
  const { statSync } = Deno;
  // On NTFS the upper bits are a sequence number: as a number, neighbors round to the same value.
  for (const ino of [null, 0x0123 * 2 ** 48]) {
    Deno.statSync = (path) => ({ ...statSync(path), ino });
    try {
      const [one, other, link] = ["one", "./other", "link"].map((it) =>
        fileIdentity(it, space.folder)
      );
      assertNotEquals(one, other);
      assertEquals(one, link);
    } finally {
      Deno.statSync = statSync;
    }
  }
});
