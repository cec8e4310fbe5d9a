/**
 * The folder `.tdrun` of the current folder, which has a journal for each run. The journals of one
 * module and selection share a key and are numbered: `build-3f2a91c4.7.ndjson`. A rerun reads the
 * last one that has begun. So a run never touches an earlier journal before its own contains the
 * results reused from there, and two concurrent runs write two files.
 */
import { isGranted } from "../runtime/permissions.ts";
import { sha256 } from "../runtime/sha256.ts";
import { stemOf } from "../base/text_format.ts";
import { writeText } from "../base/write_all.ts";

/** The folder of the journals. It contains a `.gitignore`, so that it is never committed. */
export const JOURNAL_FOLDER = ".tdrun";

/** Number of journals kept for each key: that of the current run and the one before. */
const JOURNALS_PER_KEY = 2;
const KEY_DIGITS = 8;

/**
 * Returns the key of the journals of a module and a selection.
 *
 * @param module The module's path or URL.
 * @param selection A text that identifies the selection of tasks; empty for all tasks.
 */
export async function journalKey(module: string, selection: string): Promise<string> {
  return `${safeStem(module)}-${(await sha256(`${module}\n${selection}`)).slice(0, KEY_DIGITS)}`;
}

/** The name of a module's file, for names of other files. */
function safeStem(module: string): string {
  return stemOf(module).replaceAll(/[^\w-]/g, "_");
}

/** Lists the journals of a key, the latest first, as paths relative to `folder`. */
export function listJournals(folder: string, key: string): string[] {
  return journalNumbers(folder, key).map((number) => journalPath(key, number));
}

/**
 * Lists the journals of all selections of a module, as paths relative to `folder`. Modules with the
 * same file name may be among them.
 */
export function listModuleJournals(folder: string, module: string): string[] {
  const start = `${safeStem(module)}-`;
  return listNames(`${folder}/${JOURNAL_FOLDER}`)
    .filter((name) => name.startsWith(start) && JOURNAL_NAME.test(name.slice(start.length)))
    .map((name) => `${JOURNAL_FOLDER}/${name}`);
}

/** Matches the name of a journal after the name of its module. */
const JOURNAL_NAME = /^[0-9a-f]{8}\.\d+\.ndjson$/;

/** A new journal, open for writing. */
export interface NewJournal {
  /** The path relative to the folder. */
  readonly path: string;
  readonly file: Deno.FsFile;
}

/**
 * Creates a journal and locks it.
 *
 * @throws when the file cannot be created, or a permission is not granted: Deno must not prompt.
 */
export function createJournal(folder: string, key: string): NewJournal {
  const folderPath = `${folder}/${JOURNAL_FOLDER}`;
  for (const name of ["read", "write"] as const) {
    if (!isGranted({ name, path: folderPath })) {
      throw new Error(`--allow-${name}=${JOURNAL_FOLDER} is required`);
    }
  }
  createFolder(folderPath);
  for (let number = (journalNumbers(folder, key)[0] ?? 0) + 1;; number++) {
    const path = journalPath(key, number);
    try {
      const file = Deno.openSync(`${folder}/${path}`, { write: true, createNew: true });
      lockJournal(file);
      return { path, file };
    } catch (error) {
      if (!(error instanceof Deno.errors.AlreadyExists)) throw error; // created by a concurrent run
    }
  }
}

/**
 * Locks a journal until the file is closed; the system releases the lock when the process ends in
 * any way. Not on Windows, where a lock keeps other processes from reading.
 */
function lockJournal(file: Deno.FsFile): void {
  if (Deno.build.os === "windows") return;
  try {
    file.tryLockSync(true);
  } catch {
    // the file system has no locks: the journal of a running run looks like that of a killed one
  }
}

/** Returns whether a journal's run is active: whether the file is locked. False without locks. */
export function isJournalLocked(path: string): boolean {
  try {
    using file = Deno.openSync(path);
    return !file.tryLockSync(false);
  } catch {
    return false;
  }
}

/** Removes all journals of a key but the latest {@linkcode JOURNALS_PER_KEY}. */
export function pruneJournals(folder: string, key: string): void {
  for (const path of listJournals(folder, key).slice(JOURNALS_PER_KEY)) {
    try {
      Deno.removeSync(`${folder}/${path}`);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error; // removed by a concurrent run
    }
  }
}

/** Creates the folder of journals, with its `.gitignore`, if there is none. */
export function createFolder(folder: string): void {
  try {
    Deno.mkdirSync(folder);
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return;
    throw error;
  }
  using file = Deno.openSync(`${folder}/.gitignore`, { write: true, create: true });
  writeText(file, "*\n");
}

/** Returns the numbers of the journals of a key, in descending order. */
function journalNumbers(folder: string, key: string): number[] {
  const start = `${key}.`;
  const numbers: number[] = [];
  for (const name of listNames(`${folder}/${JOURNAL_FOLDER}`)) {
    const number = name.startsWith(start) ? /^(\d+)\.ndjson$/.exec(name.slice(start.length)) : null;
    if (number) numbers.push(Number(number[1]));
  }
  return numbers.sort((a, b) => b - a);
}

function listNames(folder: string): string[] {
  try {
    return Array.from(Deno.readDirSync(folder), ({ name }) => name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

function journalPath(key: string, number: number): string {
  return `${JOURNAL_FOLDER}/${key}.${number}.ndjson`;
}
