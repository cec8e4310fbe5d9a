/**
 * Where journals are: in the folder `.tdrun` of the current folder, a file for each run. Files of one
 * module and selection share a key and count up: `build-3f2a91c4.7.ndjson`. The last that has begun
 * is the one that counts. So a run never touches what an earlier one has left, until its own journal
 * holds what it took over from there; and two runs at a time each have a file.
 */
import { isGranted } from "../runtime/permissions.ts";
import { stemOf } from "../base/text_format.ts";
import { writeText } from "../base/write_all.ts";

/** The folder. It has a `.gitignore` of its own, so that it is nowhere committed. */
export const JOURNAL_FOLDER = ".tdrun";

/** How many journals are kept of each key: this run's, and the one before. */
const KEPT = 2;
const KEY_DIGITS = 8;

/**
 * The key of the journals of a module.
 *
 * @param module Its path, or its URL.
 * @param selection What tells a selection of its tasks from others; "" for all of them.
 */
export async function journalKey(module: string, selection: string): Promise<string> {
  const stem = stemOf(module).replaceAll(/[^\w-]/g, "_");
  return `${stem}-${(await sha256(`${module}\n${selection}`)).slice(0, KEY_DIGITS)}`;
}

/** A text's SHA-256, in hexadecimal digits. */
export async function sha256(text: string): Promise<string> {
  const bytes = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return new Uint8Array(bytes).toHex();
}

/** The journals of a key, the last first, as paths from `folder`. */
export function listJournals(folder: string, key: string): string[] {
  return numbersOf(folder, key).map((number) => urlToPath(key, number));
}

/** A new journal, open. */
export interface NewJournal {
  /** Its path from the folder. */
  readonly path: string;
  readonly file: Deno.FsFile;
}

/**
 * Makes a new journal.
 *
 * @throws when it cannot be written there, or leave for that was not given: nobody is asked for it.
 */
export function createJournal(folder: string, key: string): NewJournal {
  const at = `${folder}/${JOURNAL_FOLDER}`;
  for (const name of ["read", "write"] as const) {
    if (!isGranted({ name, path: at })) throw new Error(`--allow-${name} was not given for it`);
  }
  makeFolder(at);
  for (let number = (numbersOf(folder, key)[0] ?? 0) + 1;; number++) {
    const path = urlToPath(key, number);
    try {
      const file = Deno.openSync(`${folder}/${path}`, { write: true, createNew: true });
      hold(file);
      return { path, file };
    } catch (error) {
      if (!(error instanceof Deno.errors.AlreadyExists)) throw error; // it is another run's
    }
  }
}

/**
 * Holds a journal as long as it is open: the system lets go of it when the process has ended, in whatever
 * way. On Windows nobody else could read it then.
 */
function hold(file: Deno.FsFile): void {
  if (Deno.build.os === "windows") return;
  try {
    file.tryLockSync(true);
  } catch {
    // there are no locks where it is: nobody will know
  }
}

/** Whether the run of a journal still goes on, where that can be known. */
export function isHeld(path: string): boolean {
  try {
    using file = Deno.openSync(path);
    return !file.tryLockSync(false);
  } catch {
    return false;
  }
}

/** Removes the journals of a key that are too old to be asked for. */
export function pruneJournals(folder: string, key: string): void {
  for (const path of listJournals(folder, key).slice(KEPT)) {
    try {
      Deno.removeSync(`${folder}/${path}`);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error; // another run was faster
    }
  }
}

function makeFolder(at: string): void {
  try {
    Deno.mkdirSync(at);
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return;
    throw error;
  }
  using file = Deno.openSync(`${at}/.gitignore`, { write: true, create: true });
  writeText(file, "*\n");
}

/** The numbers of the journals of a key, the highest first. */
function numbersOf(folder: string, key: string): number[] {
  const start = `${key}.`;
  const numbers: number[] = [];
  for (const name of parseNames(`${folder}/${JOURNAL_FOLDER}`)) {
    const number = name.startsWith(start) ? /^(\d+)\.ndjson$/.exec(name.slice(start.length)) : null;
    if (number) numbers.push(Number(number[1]));
  }
  return numbers.sort((a, b) => b - a);
}

function parseNames(folder: string): string[] {
  try {
    return Array.from(Deno.readDirSync(folder), ({ name }) => name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

function urlToPath(key: string, number: number): string {
  return `${JOURNAL_FOLDER}/${key}.${number}.ndjson`;
}
