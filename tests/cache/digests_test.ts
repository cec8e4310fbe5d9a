/** Hashes of files, which are read again only after a change. */
import { assertEquals, assertNotEquals } from "@std/assert";
import { fileDigestOf, FileDigests } from "../../src/cache/digests.ts";

async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "thread-order-" });
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Writes a file of which the last change is long ago, except for `ctime`. */
async function writeOld(path: string, text: string): Promise<void> {
  await Deno.writeTextFile(path, text);
  await Deno.utime(path, 1_000, 1_000);
}

Deno.test("FileDigests.of() returns the hash of the current content", () =>
  inFolder(async (folder) => {
    const path = `${folder}/a.txt`;
    const digests = new FileDigests();
    await writeOld(path, "one");
    const one = await digests.of(path);
    assertEquals(one, await fileDigestOf(path));
    await writeOld(path, "two"); // with the same size and modification time
    assertNotEquals(await digests.of(path), one);
    assertEquals(await digests.of(path), await fileDigestOf(path));
    await Deno.chmod(path, 0o755);
    assertEquals(await digests.of(path), await fileDigestOf(path));
    await Deno.rename(path, `${folder}/b.txt`);
    await Deno.symlink("b.txt", path);
    assertEquals(await digests.of(path), await fileDigestOf(`${folder}/b.txt`));
    await Deno.remove(`${folder}/b.txt`);
    assertEquals((await digests.of(path)).slice(0, 5), "link:");
  }));

Deno.test("FileDigests.of() reads a file once while it does not change", async () => {
  const path = new URL(import.meta.url).pathname; // written before the tests
  const digests = new FileDigests();
  const { readFileSync } = Deno;
  let readCount = 0;
  Deno.readFileSync = (file) => {
    readCount++;
    return readFileSync(file);
  };
  try {
    assertEquals(await digests.of(path), await digests.of(path));
  } finally {
    Deno.readFileSync = readFileSync;
  }
  assertEquals(readCount, 1);
});
