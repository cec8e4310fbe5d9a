/** The files of the cache. */
import { assertEquals } from "@std/assert";
import { type CacheEntry, keyOf } from "../../src/cache/cache_entry.ts";
import { CacheStore } from "../../src/cache/cache_store.ts";

async function inFolder(test: (folder: string, store: CacheStore) => void): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "thread-order-" });
  try {
    test(folder, new CacheStore(folder));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const KIB = 1024;

function addEntry(store: CacheStore, name: string, content: string): string {
  const blob = store.addBlob(new TextEncoder().encode(content.repeat(KIB)));
  const entry: CacheEntry = {
    task: name,
    inputs: [["file a", name]],
    result: "",
    output: [],
    files: [{ path: "dist/a", blob, isExecutable: false }],
    fileBytes: KIB,
  };
  store.write(entry);
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
  inFolder((folder, store) => {
    const keys = ["a", "b", "c", "d"].map((name) =>
      addEntry(store, name, name === "d" ? "a" : name)
    );
    keys.forEach((key, i) => setUse(folder, key, 1_000 + i));
    assertEquals(typeof store.read("a", keys[0]!), "object"); // the last used from now on
    const { bytes } = store.size();
    store.evict(bytes);
    assertEquals(store.size().entries, 4);
    store.evict(bytes - 1);
    const left = ["a", "b", "c", "d"].filter((name, i) => store.read(name, keys[i]!) !== undefined);
    assertEquals(left, ["a", "c", "d"]);
    store.evict(0);
    assertEquals(store.size(), { entries: 0, bytes: 0 });
  }));

Deno.test("CacheStore.read() removes an entry that is another task's or has another key", () =>
  inFolder((folder, store) => {
    const key = addEntry(store, "a", "a");
    const [{ name } = { name: "" }] = [...Deno.readDirSync(`${folder}/entries`)];
    const other = keyOf("a", [["file a", "other"]]);
    Deno.copyFileSync(`${folder}/entries/${name}/${key}`, `${folder}/entries/${name}/${other}`);
    assertEquals(store.read("a", other), "damaged");
    assertEquals(store.read("a", other), undefined);
    assertEquals(typeof store.read("a", key), "object");
  }));

Deno.test("CacheStore.secret() is created once", () =>
  inFolder((folder, store) => {
    const secret = store.secret();
    assertEquals(secret.length, 64);
    assertEquals(new CacheStore(folder).secret(), secret);
  }));
