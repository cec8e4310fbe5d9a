/** The files of the cache. */
import { assertEquals } from "@std/assert";
import { type CacheEntry, keyOf } from "../../src/cache/cache_entry.ts";
import { CacheStore } from "../../src/cache/cache_store.ts";

async function inFolder(
  test: (folder: string, store: CacheStore) => void | Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "thread-order-" });
  try {
    await test(folder, new CacheStore(folder));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const KIB = 1024;

async function addEntry(store: CacheStore, name: string, content: string): Promise<string> {
  const blob = await store.addBlob(new TextEncoder().encode(content.repeat(KIB)));
  const entry: CacheEntry = {
    task: name,
    inputs: [["file a", name]],
    result: "",
    output: [],
    files: [{ path: "dist/a", blob, isExecutable: false }],
    fileBytes: KIB,
  };
  await store.write(entry);
  return keyOf(name, entry.inputs);
}

/** Sets the time of an entry's last use. */
function setUse(folder: string, key: string, seconds: number): void {
  for (const { name } of Deno.readDirSync(`${folder}/entries`)) {
    const path = `${folder}/entries/${name}/${key}`;
    try {
      Deno.utimeSync(path, seconds, seconds);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
}

Deno.test("CacheStore.evict() removes the least recently used entries, and contents of no other", () =>
  inFolder(async (folder, store) => {
    const names = ["a", "b", "c", "d"];
    const keys = await Promise.all(
      names.map((name) => addEntry(store, name, name === "d" ? "a" : name)),
    );
    keys.forEach((key, i) => setUse(folder, key, 1_000 + i));
    assertEquals(typeof await store.read("a", keys[0]!), "object"); // the last used from now on
    const { bytes } = store.size();
    await store.evict(bytes);
    assertEquals(store.size().entries, 4);
    await store.evict(bytes - 1);
    const found = await Promise.all(names.map((name, i) => store.read(name, keys[i]!)));
    assertEquals(names.filter((_, i) => found[i] !== undefined), ["a", "c", "d"]);
    await store.evict(0);
    assertEquals(store.size(), { entries: 0, bytes: 0 });
  }));

Deno.test("CacheStore.read() removes an entry that is another task's or has another key", () =>
  inFolder(async (folder, store) => {
    const key = await addEntry(store, "a", "a");
    const [{ name } = { name: "" }] = [...Deno.readDirSync(`${folder}/entries`)];
    const other = await keyOf("a", [["file a", "other"]]);
    Deno.copyFileSync(`${folder}/entries/${name}/${key}`, `${folder}/entries/${name}/${other}`);
    assertEquals(await store.read("a", other), "damaged");
    assertEquals(await store.read("a", other), undefined);
    assertEquals(typeof await store.read("a", key), "object");
  }));

Deno.test("CacheStore.secret() is created once", () =>
  inFolder((folder, store) => {
    const secret = store.secret();
    assertEquals(secret.length, 64);
    assertEquals(new CacheStore(folder).secret(), secret);
  }));
