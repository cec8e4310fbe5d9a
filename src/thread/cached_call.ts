/**
 * A cached task in its thread: looks its key up when all its inputs are known, restores a hit, and
 * stores what a run of the task returned, printed and wrote.
 *
 * The key is computed when the task has been taken: the results of its dependencies, and the files
 * that they wrote, exist by then. A dependency that ran again and returned the same leaves the key
 * as it was. Inputs are hashed again after the run: a change in between means that the outcome
 * belongs to neither version, and is not stored.
 *
 * A task with outputs holds its lock from the lookup to the end, so that two runs do not write its
 * outputs at once; and it shares the locks of the dependencies whose outputs it reads. Race
 * prevented: another run removes those outputs after they were hashed, and has written the same
 * ones again when they are hashed after the run, so that what the task made of missing files would
 * be stored. All tasks take their locks in the order of their ids, so no two wait for each other.
 * The system releases the locks of a process that is killed.
 */
import type { CacheRules, Input, ModuleInputs, TaskCacheRule } from "../cache/cache_rules.ts";
import {
  type CacheEntry,
  differences,
  keyOf,
  type OutputFile,
  type OutputLine,
} from "../cache/cache_entry.ts";
import { CacheStore } from "../cache/cache_store.ts";
import { FileDigests, isExecutable } from "../cache/digests.ts";
import { FilePatterns } from "../cache/file_patterns.ts";
import { type Hash, keyedSha256 } from "../runtime/sha256.ts";
import { decodeValue, encodeValue } from "../state/log/value_bytes.ts";
import { type SharedState, snapshot } from "../state/shared_state.ts";
import { formatPathStep } from "../state/replica/value_encoder.ts";

/** Maximum length of an encoded result, and of the output, in an entry. */
const ENTRY_PART_MAX = 16 << 20;
/** Maximum size of all output files of a task, in bytes: each is read into memory. */
const FILE_BYTES_MAX = 1 << 30;
/** Number of entries among which the closest is looked for. */
const COMPARED_ENTRIES = 16;
/** Number of inputs that are hashed at once: a file is in memory until it is hashed. */
const HASHED_AT_ONCE = 16;

/** The result and the output of a hit. The thread restores them; the files are restored. */
export interface CacheHit {
  readonly result: unknown;
  readonly output: readonly OutputLine[];
}

/** An input whose value has been read; that of a file is read when it is hashed. */
type ReadInput = readonly [name: string, hash: () => string | Promise<string>];

/** The reason that an outcome cannot be stored; its message completes "is not cached: ". */
class NotCachedError extends Error {
  override name = "NotCachedError";
}

/** The objects that the cached calls of a thread share. */
interface CallContext {
  readonly rules: CacheRules;
  readonly state: SharedState;
  readonly store: CacheStore;
  readonly digests: FileDigests;
}

/** The cached calls of a thread in a run. */
export class CachedCalls {
  readonly #context: CallContext;

  constructor(rules: CacheRules, state: SharedState) {
    const store = new CacheStore(rules.folder);
    this.#context = { rules, state, store, digests: new FileDigests() };
  }

  /** Creates the call of a task. */
  callOf(name: string): CachedCall {
    return new CachedCall(name, this.#context);
  }
}

/** A call of a cached task. */
export class CachedCall implements Disposable {
  /** The reason that the outcome of the call is not stored, as far as is known. */
  notCached: string | undefined;
  /** The inputs that differ from the closest entry; if that is asked for. */
  changed: readonly string[] | undefined;
  readonly #rules: CacheRules;
  readonly #rule: TaskCacheRule;
  readonly #state: SharedState;
  readonly #store: CacheStore;
  readonly #digests: FileDigests;
  /** Identifies the task among the modules. */
  readonly #id: string;
  readonly #output: OutputLine[] = [];
  #outputLength = 0;
  #inputs: readonly Input[] | undefined;
  readonly #locks: Deno.FsFile[] = [];
  #isDisposed = false;
  /** Whether reads of the state are those of this class. */
  #isReading = false;

  constructor(name: string, { rules, state, store, digests }: CallContext) {
    this.#rules = rules;
    this.#rule = rules.tasks[name]!;
    this.#state = state;
    this.#store = store;
    this.#digests = digests;
    this.#id = `${this.#rule.module}::${name}`;
  }

  /**
   * Looks the task up, and restores the output files of a hit. On a miss, files that match the
   * outputs are removed. Without a usable input there is neither a lookup nor an entry.
   */
  async lookUp(): Promise<CacheHit | undefined> {
    try {
      await this.#takeLocks();
      const inputs = this.#inputs = await this.#hashInputs();
      const key = await keyOf(this.#id, inputs);
      const entry = await this.#store.read(this.#id, key);
      if (entry === "damaged") this.changed = ["its entry was damaged"];
      else if (entry !== undefined) {
        if (await this.#restoreFiles(entry)) return hitOf(entry);
        await this.#store.drop(this.#id, key);
        this.changed = ["an output file of its entry was missing or damaged"];
      } else if (this.#rules.explains) this.changed = await this.#explain(inputs);
      this.#removeOutputs(new Set());
    } catch (error) {
      this.#reject(error);
    }
    return undefined;
  }

  /** Records a line that the task prints. */
  addOutput(line: OutputLine): void {
    this.#outputLength += line.text.length;
    if (this.#outputLength <= ENTRY_PART_MAX) this.#output.push(line);
    else this.notCached ??= "its output is longer than 16 MiB";
  }

  /** Returns what is wrong with a read of the state; undefined if the read is declared. */
  checkRead(key: string | symbol, isResult: boolean): string | undefined {
    if (this.#isReading) return undefined;
    const { policy, readable } = this.#rule;
    if (isResult) {
      if (typeof key === "string" && readable.includes(key)) return undefined;
      return `it reads ${resultText(key)}, but does not depend on that task`;
    }
    if (key === "results" || key === "_state_lock" || key === "update") return undefined;
    if (typeof key === "string" && policy.state.includes(key)) return undefined;
    return typeof key === "symbol" || key === "*"
      ? "it reads all keys of the state; declare those that it needs"
      : `it reads state${formatPathStep(key)}, which its cache does not declare`;
  }

  /** Returns what is wrong with a write of the state: a hit could not repeat it. */
  checkWrite(key: string): string {
    return `it writes state${formatPathStep(key)}, which a hit could not repeat`;
  }

  /**
   * Stores the outcome of the call, unless an input changed meanwhile or it cannot be stored. Reads
   * and writes of code that the task has left running count until then.
   */
  async store(result: unknown): Promise<void> {
    if (this.#inputs === undefined || this.notCached !== undefined) return;
    try {
      const encoded = encodeValue(plain(result));
      if (encoded.length > ENTRY_PART_MAX) throw new NotCachedError("its result exceeds 16 MiB");
      const output = [...this.#output];
      const files = await this.#storeFiles();
      await this.#checkUnchanged(this.#inputs);
      if (this.#isDisposed || this.notCached !== undefined) return;
      await this.#store.write({
        task: this.#id,
        inputs: this.#inputs,
        result: encoded.toBase64(),
        output,
        files: files.map(({ file }) => file),
        fileBytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
      });
    } catch (error) {
      this.#reject(error);
    }
  }

  /** Ends the call: releases the locks. */
  [Symbol.dispose](): void {
    this.#isDisposed = true;
    for (const lock of this.#locks.splice(0)) lock.close();
  }

  async #takeLocks(): Promise<void> {
    for (const [id, isExclusive] of this.#listLocks()) {
      const lock = await this.#store.lock(id, isExclusive);
      if (this.#isDisposed) return lock.close(); // the task was abandoned while it waited
      this.#locks.push(lock);
    }
  }

  /** The locks of the task and of the dependencies whose outputs it reads, in the order of all. */
  #listLocks(): (readonly [id: string, isExclusive: boolean])[] {
    const { tasks } = this.#rules;
    const shared = this.#rule.after
      .filter((name) => Object.hasOwn(tasks, name) && tasks[name]!.policy.outputs.length > 0)
      .map((name) => [`${tasks[name]!.module}::${name}`, false] as const);
    const own = this.#rule.policy.outputs.length > 0 ? [[this.#id, true] as const] : [];
    return [...shared, ...own].sort(([a], [b]) => a < b ? -1 : 1);
  }

  #reject(error: unknown): void {
    this.notCached ??= error instanceof NotCachedError
      ? error.message
      : `${error instanceof Error ? error.message : String(error)}`;
  }

  async #hashInputs(): Promise<readonly Input[]> {
    const keyed = await keyedSha256(this.#rules.secret);
    const own = this.#readInputs(keyed);
    const inputs = [...this.#rules.inputs, ...this.#module.inputs, ...this.#rule.inputs];
    for (let i = 0; i < own.length; i += HASHED_AT_ONCE) {
      const part = own.slice(i, i + HASHED_AT_ONCE);
      inputs.push(...await Promise.all(part.map(hashInput)));
    }
    return inputs.sort(([a], [b]) => a < b ? -1 : a > b ? 1 : 0);
  }

  /** Reads the inputs of the task itself, in one turn: no read of the task is among them. */
  #readInputs(keyed: Hash): ReadInput[] {
    const { policy, isUnknown, after } = this.#rule;
    if (isUnknown) throw new NotCachedError("the value of its case cannot be compared");
    const { root } = this.#rules;
    this.#isReading = true;
    try {
      return [
        ...after.map((name): ReadInput => {
          const bytes = this.#readResult(name);
          return [`result of ${name}`, () => keyed(bytes)];
        }),
        ...policy.state.map((key): ReadInput => {
          const bytes = this.#readKey(key);
          return [`state${formatPathStep(key)}`, () => keyed(bytes)];
        }),
        ...policy.env.map((name): ReadInput => {
          const value = Deno.env.get(name);
          return [`env ${name}`, () => value === undefined ? "unset" : keyed(value)];
        }),
        ...this.#listFiles().map((path): ReadInput => {
          return [`file ${path}`, () => this.#digests.of(`${root}/${path}`)];
        }),
      ];
    } finally {
      this.#isReading = false;
    }
  }

  get #module(): ModuleInputs {
    return this.#rules.modules[this.#rule.module]!;
  }

  #readResult(name: string): Uint8Array<ArrayBuffer> {
    const found = this.#state.resultOf(name);
    if (found === undefined) throw new NotCachedError(`"${name}", its dependency, has no result`);
    return encodeValue(plain(found.value));
  }

  #readKey(key: string): Uint8Array<ArrayBuffer> {
    const value = plain(this.#state.root[key]);
    try {
      return encodeValue(value);
    } catch {
      throw new NotCachedError(`state${formatPathStep(key)} has a value that cannot be compared`);
    }
  }

  /** The input files: those that are declared, and outputs of dependencies. */
  #listFiles(): string[] {
    const { policy, outputsBefore } = this.#rule;
    const { root } = this.#rules;
    const own = new FilePatterns(policy.outputs);
    const declared = new FilePatterns(policy.files).list(root).filter((it) => !own.matches(it));
    const before = outputsBefore.length === 0 ? [] : new FilePatterns(outputsBefore).list(root);
    return [...new Set([...declared, ...before])];
  }

  /** Hashes the inputs again. Throws if the outcome belongs to no single version of them. */
  async #checkUnchanged(inputs: readonly Input[]): Promise<void> {
    const [changed] = differences(await this.#hashInputs(), inputs);
    if (changed !== undefined) throw new NotCachedError(`${changed} while the task was running`);
    for (const [path, digest] of Object.entries(this.#module.files)) {
      if (await this.#digests.of(path) === digest) continue;
      throw new NotCachedError(`"${path}" changed during the run`);
    }
  }

  async #storeFiles(): Promise<{ readonly file: OutputFile; readonly bytes: number }[]> {
    const { root } = this.#rules;
    const stored: { file: OutputFile; bytes: number }[] = [];
    let bytes = 0;
    for (const path of new FilePatterns(this.#rule.policy.outputs).list(root)) {
      const info = Deno.lstatSync(`${root}/${path}`);
      if (!info.isFile) throw new NotCachedError(`its output "${path}" is not a file`);
      bytes += info.size;
      if (bytes > FILE_BYTES_MAX) throw new NotCachedError("its outputs exceed 1 GiB");
      const content = Deno.readFileSync(`${root}/${path}`);
      const blob = await this.#store.addBlob(content);
      const file = { path, blob, isExecutable: isExecutable(info) };
      stored.push({ file, bytes: content.length });
    }
    return stored;
  }

  /** Restores the files of an entry. Returns false if a content is missing. */
  async #restoreFiles({ files }: CacheEntry): Promise<boolean> {
    const { root } = this.#rules;
    const patterns = new FilePatterns(this.#rule.policy.outputs);
    // All contents are verified before the first file is changed.
    const due: { file: OutputFile; content: Uint8Array }[] = [];
    for (const file of files) {
      if (!patterns.matches(file.path)) return false;
      const digest = `${file.isExecutable ? "x:" : ""}${file.blob}`;
      if (await this.#currentDigest(`${root}/${file.path}`) === digest) continue;
      const content = await this.#store.blob(file.blob);
      if (content === undefined) return false;
      due.push({ file, content });
    }
    this.#removeOutputs(new Set(files.map(({ path }) => path)));
    for (const { file, content } of due) restoreFile(`${root}/${file.path}`, content, file);
    return true;
  }

  async #currentDigest(path: string): Promise<string | undefined> {
    try {
      return Deno.lstatSync(path).isFile ? await this.#digests.of(path) : undefined;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw error;
    }
  }

  /** Removes the files that match the outputs, except some. */
  #removeOutputs(kept: ReadonlySet<string>): void {
    const { root, modules } = this.#rules;
    for (const path of new FilePatterns(this.#rule.policy.outputs).list(root)) {
      if (kept.has(path)) continue;
      if (Object.values(modules).some(({ files }) => Object.hasOwn(files, `${root}/${path}`))) {
        throw new NotCachedError(`its output "${path}" is a file of the module`);
      }
      Deno.removeSync(`${root}/${path}`);
    }
  }

  /** Lists what differs from the entry that is closest. */
  async #explain(inputs: readonly Input[]): Promise<readonly string[]> {
    const entries = await this.#store.entriesOf(this.#id, COMPARED_ENTRIES);
    if (entries.length === 0) return ["it has no entry yet"];
    const lists = entries.map((entry) => differences(inputs, entry.inputs));
    return lists.reduce((best, next) => next.length < best.length ? next : best);
  }
}

function hitOf({ result, output }: CacheEntry): CacheHit {
  return { result: decodeValue(Uint8Array.fromBase64(result)), output };
}

/** A value without views of the state. */
function plain(value: unknown): unknown {
  return snapshot(value);
}

function resultText(key: string | symbol): string {
  return typeof key === "symbol" || key === "*"
    ? "all results"
    : `state.results${formatPathStep(key)}`;
}

async function hashInput([name, hash]: ReadInput): Promise<Input> {
  return [name, await hash()];
}

/** Writes a file in one step: a reader sees the old file or the new one. */
function restoreFile(path: string, content: Uint8Array, { isExecutable }: OutputFile): void {
  const folder = path.slice(0, path.lastIndexOf("/"));
  const temporary = `${folder}/.tdrun-${crypto.randomUUID()}`;
  Deno.mkdirSync(folder, { recursive: true });
  try {
    Deno.writeFileSync(temporary, content, { mode: isExecutable ? 0o777 : 0o666 });
    Deno.renameSync(temporary, path);
  } catch (error) {
    try {
      Deno.removeSync(temporary);
    } catch {
      // it was not created
    }
    throw error;
  }
}
