/** Where journals are: their names, and how many there are. */
import { assertEquals, assertMatch, assertNotEquals, assertThrows } from "@std/assert";
import {
  createJournal,
  journalKey,
  listJournals,
  pruneJournals,
} from "../../src/journal/journal_folder.ts";

/** Makes a journal, and says its path. */
function create(folder: string, key: string): string {
  const { path, file } = createJournal(folder, key);
  file.close();
  return path;
}

Deno.test("journalKey(): a name people know, and one that no other module or selection has", async () => {
  const key = await journalKey("src/build.ts", "");
  assertMatch(key, /^build-[0-9a-f]{8}$/);
  assertEquals(key, await journalKey("src/build.ts", ""));
  assertNotEquals(key, await journalKey("other/build.ts", ""));
  assertNotEquals(key, await journalKey("src/build.ts", '["a"]'));
  assertMatch(await journalKey("https://x.org/a b%20c.test.ts?q=..", ""), /^[\w-]+-[0-9a-f]{8}$/);
});

Deno.test("createJournal(): each has a file of its own, and the last is known by its number", async () => {
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

Deno.test("createJournal(): a .gitignore that somebody changed stays", async () => {
  const folder = await Deno.makeTempDir();
  create(folder, "m-1");
  Deno.writeTextFileSync(`${folder}/.tdrun/.gitignore`, "");
  create(folder, "m-1");
  assertEquals(Deno.readTextFileSync(`${folder}/.tdrun/.gitignore`), "");
  await Deno.remove(folder, { recursive: true });
});

Deno.test("pruneJournals(): the last two of a key are kept", async () => {
  const folder = await Deno.makeTempDir();
  for (let i = 0; i < 4; i++) create(folder, "m-1");
  create(folder, "n-1");
  pruneJournals(folder, "m-1");
  assertEquals(listJournals(folder, "m-1"), [".tdrun/m-1.4.ndjson", ".tdrun/m-1.3.ndjson"]);
  assertEquals(listJournals(folder, "n-1"), [".tdrun/n-1.1.ndjson"]);
  assertEquals(create(folder, "m-1"), ".tdrun/m-1.5.ndjson");
  await Deno.remove(folder, { recursive: true });
});

Deno.test("listJournals(): no folder, no journals", () => {
  assertEquals(listJournals("/nowhere/at/all", "m-1"), []);
});

Deno.test({
  name: "createJournal(): without leave to write, nobody is asked for it",
  permissions: { read: true, write: false },
  fn() {
    assertThrows(() => createJournal("/tmp", "m-1"), Error, "--allow-write=.tdrun is required");
  },
});
