/**
 * The files of the cache.
 *
 *     entries/<task>/<key>    an entry; its modification time is that of its last use
 *     blobs/<2 digits>/<hash> the content of an output file, by its hash
 *     locks/<task>            held while a task with outputs is looked up, runs and is stored
 *     new/                    files that are being written
 *     secret                  the key of keyed hashes
 *
 * Each file is written in `new` and renamed, so it is whole whenever a process ends. An entry is
 * written after its blobs. Everything is verified by its hash when it is read: a missing or damaged
 * part is a miss, so a concurrent eviction costs time and is never wrong.
 */
import { type CacheEntry, decodeEntry, encodeEntry, keyOf } from "./cache_entry.ts";
import { wallTime } from "../runtime/clock.ts";
import { sha256 } from "../runtime/sha256.ts";

const SECRET_BYTES = 32;
/** Age from which blobs without an entry and temporary files are removed: no run takes as long. */
const ORPHAN_AGE_MS = 24 * 3_600_000;

/** Numbers about a cache. */
export interface CacheSize {
  readonly entries: number;
  readonly bytes: number;
}

/** The files of a cache. */
export class CacheStore {
  readonly #folder: string;

  /** @param folder Absolute path; it is created with its first entry. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Reads the key of keyed hashes, which is created with the cache. */
  secret(): string {
    const path = `${this.#folder}/secret`;
    const known = readTextIfAny(path);
    if (known !== undefined && known.length === 2 * SECRET_BYTES) return known;
    const secret = crypto.getRandomValues(new Uint8Array(SECRET_BYTES)).toHex();
    const encoder = new TextEncoder();
    this.#write(`${this.#folder}/.gitignore`, encoder.encode("*\n"));
    this.#write(path, encoder.encode(secret));
    return readTextIfAny(path) ?? secret; // of the last of concurrent writers
  }

  /**
   * Reads an entry, and marks it as used.
   *
   * @returns Undefined if there is none; "damaged" if there was one that cannot be used.
   */
  async read(task: string, key: string): Promise<CacheEntry | "damaged" | undefined> {
    const path = await this.#entryPath(task, key);
    const text = readTextIfAny(path);
    if (text === undefined) return undefined;
    const entry = await decodeEntry(text);
    if (entry === undefined || entry.task !== task || await keyOf(task, entry.inputs) !== key) {
      removeIfAny(path);
      return "damaged";
    }
    touch(path);
    return entry;
  }

  /** Writes an entry, whose blobs are in the store. */
  async write(entry: CacheEntry): Promise<void> {
    const path = await this.#entryPath(entry.task, await keyOf(entry.task, entry.inputs));
    this.#write(path, new TextEncoder().encode(await encodeEntry(entry)));
  }

  /** Removes an entry. */
  async drop(task: string, key: string): Promise<void> {
    removeIfAny(await this.#entryPath(task, key));
  }

  /** Reads the entries of a task that can be read, the last used first. */
  async entriesOf(task: string, max: number): Promise<CacheEntry[]> {
    const folder = `${this.#folder}/entries/${await folderOf(task)}`;
    const files = listFiles(folder).sort((a, b) => b.usedMs - a.usedMs).slice(0, max);
    const entries = await Promise.all(files.map(readEntry));
    return entries.filter((it) => it !== undefined);
  }

  /** Stores a content. Returns its hash. */
  async addBlob(content: Uint8Array<ArrayBuffer>): Promise<string> {
    const hash = await sha256(content);
    const path = this.#blobPath(hash);
    if (fileSize(path) === content.length) touch(path);
    else this.#write(path, content);
    return hash;
  }

  /** Reads a content; undefined if it is missing or damaged, and then it is removed. */
  async blob(hash: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const path = this.#blobPath(hash);
    try {
      const content = Deno.readFileSync(path);
      if (await sha256(content) === hash) return content;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw error;
    }
    removeIfAny(path);
    return undefined;
  }

  /**
   * Locks a task among all runs until the file is closed or the process ends.
   *
   * @param isExclusive False for a lock that others may share.
   */
  async lock(task: string, isExclusive: boolean): Promise<Deno.FsFile> {
    Deno.mkdirSync(`${this.#folder}/locks`, { recursive: true });
    const file = Deno.openSync(`${this.#folder}/locks/${await folderOf(task)}`, {
      write: true,
      create: true,
    });
    await file.lock(isExclusive);
    return file;
  }

  /** Returns the size of the cache. */
  size(): CacheSize {
    const entries = this.#entries();
    const files = [...entries, ...this.#blobs()];
    return { entries: entries.length, bytes: files.reduce((sum, { bytes }) => sum + bytes, 0) };
  }

  /** Removes all entries and contents. The secret and the locks stay: other runs may use them. */
  clear(): CacheSize {
    const size = this.size();
    for (const { path } of [...this.#entries(), ...this.#blobs()]) removeIfAny(path);
    return size;
  }

  /**
   * Removes the least recently used entries over a limit, and contents that no entry has.
   *
   * @param maxBytes The limit of entries and contents together.
   */
  async evict(maxBytes: number): Promise<void> {
    let { bytes } = this.size();
    this.#removeOldFiles(`${this.#folder}/new`);
    if (bytes <= maxBytes) return;
    const users = new Map<string, number>();
    const entries: (StoredFile & { readonly blobs: readonly string[] })[] = [];
    for (const file of this.#entries().sort((a, b) => a.usedMs - b.usedMs)) {
      const blobs = [...new Set((await readEntry(file))?.files.map(({ blob }) => blob))];
      for (const blob of blobs) users.set(blob, (users.get(blob) ?? 0) + 1);
      entries.push({ ...file, blobs });
    }
    for (const { path, usedMs, bytes: size } of this.#blobs()) {
      const isOrphan = !users.has(path.slice(path.lastIndexOf("/") + 1));
      if (isOrphan && wallTime().getTime() - usedMs > ORPHAN_AGE_MS) {
        bytes -= (removeIfAny(path), size);
      }
    }
    for (const entry of entries) {
      if (bytes <= maxBytes) return;
      removeIfAny(entry.path);
      bytes -= entry.bytes;
      for (const blob of entry.blobs) {
        const left = users.get(blob)! - 1;
        users.set(blob, left);
        if (left > 0) continue;
        bytes -= fileSize(this.#blobPath(blob)) ?? 0;
        removeIfAny(this.#blobPath(blob));
      }
    }
  }

  #removeOldFiles(folder: string): void {
    for (const { path, usedMs } of listFiles(folder)) {
      if (wallTime().getTime() - usedMs > ORPHAN_AGE_MS) removeIfAny(path);
    }
  }

  #entries(): StoredFile[] {
    return listFolders(`${this.#folder}/entries`).flatMap(listFiles);
  }

  #blobs(): StoredFile[] {
    return listFolders(`${this.#folder}/blobs`).flatMap(listFiles);
  }

  async #entryPath(task: string, key: string): Promise<string> {
    return `${this.#folder}/entries/${await folderOf(task)}/${key}`;
  }

  #blobPath(hash: string): string {
    return `${this.#folder}/blobs/${hash.slice(0, 2)}/${hash}`;
  }

  #write(path: string, content: Uint8Array): void {
    const temporary = `${this.#folder}/new/${crypto.randomUUID()}`;
    Deno.mkdirSync(`${this.#folder}/new`, { recursive: true });
    Deno.writeFileSync(temporary, content, { mode: 0o600 });
    Deno.mkdirSync(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    Deno.renameSync(temporary, path);
  }
}

interface StoredFile {
  readonly path: string;
  readonly bytes: number;
  readonly usedMs: number;
}

/** The folder of a task's entries. */
async function folderOf(task: string): Promise<string> {
  return (await sha256(task)).slice(0, 32);
}

async function readEntry({ path }: StoredFile): Promise<CacheEntry | undefined> {
  return await decodeEntry(readTextIfAny(path) ?? "");
}

function listFolders(folder: string): string[] {
  return listNames(folder).filter(({ isDirectory }) => isDirectory)
    .map(({ name }) => `${folder}/${name}`);
}

function listFiles(folder: string): StoredFile[] {
  return listNames(folder).filter(({ isFile }) => isFile).flatMap(({ name }) => {
    const path = `${folder}/${name}`;
    try {
      const { size, mtime } = Deno.lstatSync(path);
      return { path, bytes: size, usedMs: mtime?.getTime() ?? 0 };
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return []; // removed by another run
      throw error;
    }
  });
}

function listNames(folder: string): Deno.DirEntry[] {
  try {
    return [...Deno.readDirSync(folder)];
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

function readTextIfAny(path: string): string | undefined {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

function fileSize(path: string): number | undefined {
  try {
    return Deno.lstatSync(path).size;
  } catch {
    return undefined;
  }
}

function touch(path: string): void {
  try {
    const now = wallTime();
    Deno.utimeSync(path, now, now);
  } catch {
    // evicted by another run
  }
}

function removeIfAny(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
