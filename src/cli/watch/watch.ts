/**
 * Watches the files of a run, and starts rounds: runs of what a change affects.
 *
 * Each round is a run in a process of its own, with the current version of the module. This class
 * loads no code of the user: it watches files and starts rounds, one at a time. A change during a
 * round cancels it as Ctrl-C does.
 *
 * No change is lost. A round takes the due changes when it starts, and they are carried to the next
 * round unless its journal is open: a round that fails to load the module, or is cancelled before,
 * has recorded nothing. A file that becomes known during a round has changed if it was written
 * after the round was started.
 *
 * Resources stay up across rounds. The process of the round that has set one up goes on after it,
 * and **holds** the resource; the plan of a round has the held resources with their values. The
 * round compares their inputs (`reuse_held.ts`), and asks for the **release** of those that have
 * changed: it waits until they are disposed of, so that no two instances share a port. This class
 * releases all of them at the end of the watch. A process that holds none any more exits.
 */
import { UsageError } from "../../base/errors.ts";
import { FilePatterns } from "../../cache/file_patterns.ts";
import { importedFilesOf } from "../../engine/manifest.ts";
import { epochNowMs } from "../../runtime/clock.ts";
import { moduleUrl, urlToPath } from "../../runtime/file_url.ts";
import { clearInterval, setInterval } from "../../runtime/timers.ts";
import type { ModuleRequest } from "../args/request.ts";
import { ExitCode, type ExitSignal } from "../exit_code.ts";
import { expandModules } from "../run/expand_modules.ts";
import { configFiles } from "../run/hash_module.ts";
import { FileSnapshot } from "./file_snapshot.ts";
import { FolderWatcher } from "./folder_watcher.ts";
import { ResourceHolders } from "./resource_holders.ts";
import type { Round, RoundMessage } from "./round_protocol.ts";

/** Options of {@linkcode Watch}. */
export interface WatchOptions {
  /** The current folder. */
  readonly folder: string;
  /** The modules as typed: folders and globs are expanded again, since a module may be new. */
  readonly modules: readonly ModuleRequest[];
  /** Absolute paths of files that are given as options. */
  readonly given: readonly string[];
  /** Whether the first round runs all tasks, rather than those that have not passed. */
  readonly isAll: boolean;
  /** Starts the process of a round, which waits for its plan. */
  readonly startRound: () => Round;
  /** Called when no round is due, with the number of watched files. */
  readonly onIdle: (fileCount: number) => void;
  /** Called with a line that a held resource has printed, while no round runs. */
  readonly onLine: (line: string) => void;
}

/** The reasons for the next round. */
interface Due {
  /** The changed files, by absolute path. */
  readonly changed: Set<string>;
  isAll: boolean;
}

/** A watch of modules. */
export class Watch {
  readonly #options: WatchOptions;
  readonly #snapshot: FileSnapshot;
  readonly #watcher = new FolderWatcher(() => this.#compare());
  readonly #holders = new ResourceHolders();
  /** Files that all tasks depend on: options, configurations, modules that are not listed yet. */
  #shared: readonly string[];
  /** The local files of each module graph, by the URL of the module. */
  #modules = new Map<string, readonly string[]>();
  #files: readonly string[] = [];
  #outputs: readonly string[] = [];
  #due: Due | undefined;
  /** The reasons of a round without a journal, for the next one. */
  #carried: Due = { changed: new Set(), isAll: false };
  #round: Round | undefined;
  #cancelledRound: Round | undefined;
  #roundStartMs = 0;
  #next: Round | undefined;
  #isQuit = false;
  #wake: () => void = () => {};

  constructor(options: WatchOptions) {
    this.#options = options;
    this.#due = { changed: new Set(), isAll: options.isAll };
    this.#snapshot = new FileSnapshot(options.folder);
    this.#shared = [...this.#urls().map((url) => urlToPath(new URL(url))), ...options.given];
  }

  /** The URLs of the local modules. */
  #urls(): string[] {
    const { folder, modules } = this.#options;
    return expandModules(modules, folder).map(({ path }) => moduleUrl(path, folder))
      .filter((url) => url.startsWith("file:"));
  }

  /**
   * Runs the first round, and further ones until {@linkcode quit} is called.
   *
   * @returns The exit code of the last round.
   * @throws {UsageError} when the module imports the library by its name, and nothing resolves it.
   */
  async run(): Promise<number> {
    using _watcher = this.#watcher;
    const keepAlive = setInterval(() => {}, KEEP_ALIVE_MS); // a watcher of folders does not
    let code: number = ExitCode.PASSED;
    try {
      this.#update(epochNowMs());
      while (!this.#isQuit) {
        // Two instances of a resource would share a port.
        await this.#holders.settled();
        if (this.#isQuit) break;
        if (this.#due !== undefined) code = await this.#runRound(this.#due);
        else await this.#waitForDue();
      }
    } finally {
      this.#next?.drop();
      await this.#holders.releaseAll();
      this.#printLines();
      clearInterval(keepAlive);
    }
    return code === ExitCode.PASSED && this.#holders.hasFailed ? ExitCode.FAILED : code;
  }

  /**
   * Makes a round due, and cancels the current one.
   *
   * @param isAll Whether it runs all tasks, rather than those that have not passed.
   */
  ask(isAll: boolean): void {
    this.#ask([], isAll);
  }

  /** Ends the watch after the current round. */
  quit(): void {
    this.#isQuit = true;
    this.#wake();
  }

  /** Sends a signal to the current round, and to the processes that hold resources. */
  kill(signal: ExitSignal): void {
    this.#round?.kill(signal);
    this.#holders.kill(signal);
  }

  /** Runs a round to its end. */
  async #runRound({ changed, isAll }: Due): Promise<number> {
    this.#due = undefined;
    const startMs = this.#roundStartMs = epochNowMs();
    if ([...changed].some((path) => CONFIG.test(path))) this.#dropNext();
    const round = this.#round = this.#next ?? this.#options.startRound();
    this.#next = undefined;
    const { isShared, changedModules } = this.#concerned(changed);
    const isKnown = this.#modules.size > 0;
    const isListed = isAll || isShared || changedModules.length > 0 || !isKnown;
    let hasStarted = false;
    let listed: Promise<void> | undefined;
    let selfImport: string | undefined;
    round.onMessage = (message) => {
      if (message.type === "started") {
        hasStarted = true;
        if (isListed) listed = this.#listModules(startMs);
      } else if (message.type === "self-import") selfImport = message.message;
      else if (message.type === "loaded") this.#setPatterns(message, startMs);
      else this.#handleResources(round, message);
    };
    round.start({
      changed: this.#relative(changed),
      changedModules,
      isAll: isAll || isShared,
      held: this.#holders.usable,
    });
    const code = await round.ended;
    this.#round = undefined;
    if (selfImport !== undefined) throw new UsageError(selfImport);
    if (!hasStarted) this.#carry(changed, isAll || isShared);
    if (this.#isQuit) return code;
    this.#next ??= this.#options.startRound();
    // Until the graphs are known, a change of a module concerns all tasks.
    if (isListed) await (listed ?? this.#listModules(startMs));
    return code;
  }

  /** Handles a message of the current round about held resources. */
  #handleResources(round: Round, message: RoundMessage): void {
    if (message.type === "held") this.#holders.add(round, message.resources);
    if (message.type !== "release") return;
    void this.#holders.release(message.names).then(() => round.send({ type: "released" }));
  }

  /** Prints what held resources have printed. */
  #printLines(): void {
    if (this.#round === undefined) this.#holders.takeLines().forEach(this.#options.onLine);
  }

  /** Returns what changed files concern: all tasks, those of some modules, or the readers alone. */
  #concerned(changed: ReadonlySet<string>): { isShared: boolean; changedModules: string[] } {
    const includes = (files: readonly string[]) => files.some((path) => changed.has(path));
    const changedModules = [...this.#modules].flatMap(([url, files]) => includes(files) ? url : []);
    const isOnly = this.#modules.size === 1 && changedModules.length === 1;
    return { isShared: isOnly || includes(this.#shared), changedModules };
  }

  #carry(changed: ReadonlySet<string>, isAll: boolean): void {
    for (const path of changed) this.#carried.changed.add(path);
    this.#carried.isAll ||= isAll;
    if (this.#due !== undefined) this.#ask([], false);
  }

  async #waitForDue(): Promise<void> {
    this.#printLines();
    this.#options.onIdle(this.#snapshot.size);
    const lines = setInterval(() => this.#printLines(), LINES_POLL_MS);
    await new Promise<void>((resolve) => this.#wake = resolve);
    clearInterval(lines);
  }

  /** Makes a round due, and cancels the current one. */
  #ask(changed: readonly string[], isAll: boolean): void {
    this.#due ??= { changed: new Set(), isAll: false };
    const { changed: carried, isAll: wasAll } = this.#carried;
    this.#carried = { changed: new Set(), isAll: false };
    for (const path of [...carried, ...changed]) this.#due.changed.add(path);
    this.#due.isAll ||= isAll || wasAll;
    this.cancel();
    this.#wake();
  }

  /** Cancels the current round once: a second signal would not wait for its tasks. */
  cancel(): void {
    if (this.#round === undefined || this.#cancelledRound === this.#round) return;
    this.#cancelledRound = this.#round;
    this.#round.kill("SIGINT");
    // The next process starts while the round is torn down.
    if (!this.#isQuit) this.#next ??= this.#options.startRound();
  }

  #compare(): void {
    this.#update(this.#roundStartMs);
  }

  #setPatterns({ files, outputs }: RoundMessage & { type: "loaded" }, startMs: number): void {
    [this.#files, this.#outputs] = [files, outputs];
    this.#update(startMs);
  }

  /** Lists the module graphs; if that is not possible, the files of the last ones are watched. */
  async #listModules(startMs: number): Promise<void> {
    try {
      const urls = this.#urls();
      const graphs = await Promise.all(urls.map((url) => importedFilesOf(url)));
      const configs = urls.flatMap((url) => configFiles(url, this.#options.folder));
      this.#modules = new Map(urls.map((url, i) => [url, graphs[i]!]));
      this.#shared = [...new Set([...configs, ...this.#options.given])];
    } catch {
      return;
    }
    this.#update(startMs);
  }

  /**
   * Watches the current files, and makes a round due if one has changed.
   *
   * @param sinceMs When the round was started that made them known, in ms since 1970.
   */
  #update(sinceMs: number): void {
    if (this.#isQuit) return;
    const shared = [...new Set([...this.#shared, ...[...this.#modules.values()].flat()])];
    const [files, outputs] = [this.#files, this.#outputs];
    const { folder } = this.#options;
    const trees = new FilePatterns(files).bases.map((base) => base ? `${folder}/${base}` : folder);
    const changed: string[] = [];
    do changed.push(...this.#snapshot.watch({ shared, files, outputs }, sinceMs)); while (
      this.#watcher.watch(shared, trees)
    );
    if (changed.length > 0) this.#ask(changed, false);
  }

  #dropNext(): void {
    this.#next?.drop();
    this.#next = undefined;
  }

  #relative(changed: ReadonlySet<string>): string[] {
    const prefix = `${this.#options.folder}/`;
    return [...changed].map((it) => it.startsWith(prefix) ? it.slice(prefix.length) : it).sort();
  }
}

/** Files that Deno reads when it starts. */
const CONFIG = /(^|[/\\])(deno\.jsonc?|deno\.lock|package\.json|import_map\.json|\.npmrc)$/;
/** Interval at which lines of held resources are printed while no round runs, in ms. */
const LINES_POLL_MS = 100;
/** Interval of a timer that does nothing, in ms: one day. */
const KEEP_ALIVE_MS = 86_400_000;
