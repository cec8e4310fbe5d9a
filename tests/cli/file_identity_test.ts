import { assertEquals, assertNotEquals } from "@std/assert";
import { fileIdentity } from "../../src/cli/system/file_identity.ts";
import { TestSpace } from "../support/command.ts";

Deno.test("fileIdentity() tells files apart whose numbers are beyond what a number can tell apart", async () => {
  await using space = await TestSpace.create();
  for (const name of ["one", "other"]) await space.file(name, "");
  await Deno.symlink("one", `${space.folder}/link`);
  const { statSync } = Deno;
  // NTFS counts in the highest bits how often a place was used: neighbours come to the same number.
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
