/** Tests of the journal folder: names, numbers and pruning. */
import { assertEquals, assertMatch, assertNotEquals, assertThrows } from "@std/assert";
import {
  createJournal,
  journalKey,
  listJournals,
  pruneJournals,
} from "../../src/journal/journal_folder.ts";

/** Creates a journal and returns its path. */
function create(folder: string, key: string): string {
  const { path, file } = createJournal(folder, key);
  file.close();
  return path;
}

Deno.test("journalKey() returns a readable, unique key of module and selection", async () => {
  const key = await journalKey("src/build.ts", "");
  assertMatch(key, /^build-[0-9a-f]{8}$/);
  assertEquals(key, await journalKey("src/build.ts", ""));
  assertNotEquals(key, await journalKey("other/build.ts", ""));
  assertNotEquals(key, await journalKey("src/build.ts", '["a"]'));
  assertMatch(await journalKey("https://x.org/a b%20c.test.ts?q=..", ""), /^[\w-]+-[0-9a-f]{8}$/);
});

Deno.test("createJournal() creates a new file with the next number each time", async () => {
  const folder = await Deno.makeTempDir();
  const paths = Array.from({ length: 11 }, () => create(folder, "m-1"));
  assertEquals(paths.at(-1), ".tdrun/m-1.11.ndjson");
  assertEquals(listJournals(folder, "m-1"), paths.toReversed());
  create(folder, "m-12");
  create(folder, "m-1.2");
  assertEquals(listJournals(folder, "m-1").length, 11, "others are not counted");
  assertEquals(Deno.readTextFileSync(`${folder}/.tdrun/.gitignore`), "*\n");
  await Deno.remove(folder, { recursive: true });
});

Deno.test("createJournal() does not overwrite a .gitignore that has been changed", async () => {
  const folder = await Deno.makeTempDir();
  create(folder, "m-1");
  Deno.writeTextFileSync(`${folder}/.tdrun/.gitignore`, "");
  create(folder, "m-1");
  assertEquals(Deno.readTextFileSync(`${folder}/.tdrun/.gitignore`), "");
  await Deno.remove(folder, { recursive: true });
});

Deno.test("pruneJournals() keeps the last two journals of a key", async () => {
  const folder = await Deno.makeTempDir();
  for (let i = 0; i < 4; i++) create(folder, "m-1");
  create(folder, "n-1");
  pruneJournals(folder, "m-1");
  assertEquals(listJournals(folder, "m-1"), [".tdrun/m-1.4.ndjson", ".tdrun/m-1.3.ndjson"]);
  assertEquals(listJournals(folder, "n-1"), [".tdrun/n-1.1.ndjson"]);
  assertEquals(create(folder, "m-1"), ".tdrun/m-1.5.ndjson");
  await Deno.remove(folder, { recursive: true });
});

Deno.test("listJournals() returns an empty array when the folder does not exist", () => {
  assertEquals(listJournals("/nowhere/at/all", "m-1"), []);
});

Deno.test({
  name: "createJournal() throws instead of prompting when writing is not permitted",
  permissions: { read: true, write: false },
  fn() {
    assertThrows(() => createJournal("/tmp", "m-1"), Error, "--allow-write=.tdrun is required");
  },
});
