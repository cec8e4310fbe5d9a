/**
 * `--watch`: runs the tasks again when a file changes.
 *
 * Each round is a run in a process of its own, with the current version of the module. This process
 * loads no code of the user: it watches files, reads keys and signals, and starts rounds, one at a
 * time. A change during a round cancels it as Ctrl-C does. While a round runs, this process prints
 * nothing, since the round may show a live display.
 *
 * No change is lost. A round takes the due changes when it starts, and they are carried to the next
 * round unless its journal is open: a round that fails to load the module, or is cancelled before,
 * has recorded nothing. A file that becomes known during a round has changed if it was written
 * after the round was started.
 */
import { UsageError } from "../../base/errors.ts";
import { plural } from "../../base/text_format.ts";
import { FilePatterns } from "../../cache/file_patterns.ts";
import { importedFilesOf } from "../../engine/manifest.ts";
import { epochNowMs } from "../../runtime/clock.ts";
import { isAbsolute, moduleUrl, urlToPath } from "../../runtime/file_url.ts";
import { clearInterval, setInterval } from "../../runtime/timers.ts";
import { valueFiles } from "../args/expand_file_args.ts";
import { STDOUT, type TypedRequest } from "../args/request.ts";
import { ExitCode, type ExitSignal, SIGNAL_CODES } from "../exit_code.ts";
import { isSentToGroup } from "../respawn/signal_forwarder.ts";
import { expandModules } from "../run/expand_modules.ts";
import { configFiles } from "../run/prepare_cache.ts";
import type { System } from "../system/system.ts";
import { FileSnapshot } from "./file_snapshot.ts";
import { FolderWatcher } from "./folder_watcher.ts";
import { RoundProcess } from "./round_process.ts";
import type { RoundMessage } from "./watch_round.ts";

/**
 * Watches a module until a signal or the key q.
 *
 * @param args The arguments of the command.
 * @returns The exit code: that of the last round, or of the signal.
 * @throws {UsageError} when the module imports the library by its name, and nothing resolves it.
 */
export async function watchCommand(
  args: readonly string[],
  request: TypedRequest,
  system: System,
): Promise<number> {
  system.endWithParent?.();
  return await new Watch(args, request, system).run();
}

/** The reasons for the next round. */
interface Due {
  /** The changed files, by absolute path. */
  readonly changed: Set<string>;
  isAll: boolean;
}

class Watch {
  readonly #system: System;
  readonly #args: readonly string[];
  readonly #request: TypedRequest;
  /** Files that are given as options. */
  readonly #given: readonly string[];
  readonly #snapshot: FileSnapshot;
  readonly #watcher = new FolderWatcher(() => this.#compare());
  /** Files that all tasks depend on: options, configurations, modules that are not listed yet. */
  #shared: readonly string[];
  /** The local files of each module graph, by the URL of the module. */
  #modules = new Map<string, readonly string[]>();
  #files: readonly string[] = [];
  #outputs: readonly string[] = [];
  #due: Due | undefined = { changed: new Set(), isAll: true };
  #round: RoundProcess | undefined;
  #roundStartMs = 0;
  #next: RoundProcess | undefined;
  #hasKeys = false;
  /** The exit code of the signal that ended the watch. */
  #signalCode: number | undefined;
  #isQuit = false;
  #wake: () => void = () => {};

  constructor(args: readonly string[], request: TypedRequest, system: System) {
    const end = args.indexOf("--");
    this.#args = args.filter((arg, i) => arg !== "--watch" || (end >= 0 && i > end));
    this.#system = system;
    this.#request = request;
    const { stateFile } = request;
    const given = [...(stateFile === undefined ? [] : [stateFile]), ...valueFiles(args)];
    this.#given = given.filter((it) => it !== STDOUT)
      .map((path) => isAbsolute(path) ? path : `${system.folder}/${path}`);
    this.#snapshot = new FileSnapshot(system.folder);
    this.#shared = [...this.#urls().map((url) => urlToPath(new URL(url))), ...this.#given];
  }

  /** The URLs of the local modules. Folders and globs are read again: a module may be new. */
  #urls(): string[] {
    const { folder } = this.#system;
    return expandModules(this.#request.modules, folder).map(({ path }) => moduleUrl(path, folder))
      .filter((url) => url.startsWith("file:"));
  }

  async run(): Promise<number> {
    using _watcher = this.#watcher;
    const unlisten = this.#system.onSignal((signal) => this.#end(signal));
    const restore = await this.#readKeys();
    const keepAlive = setInterval(() => {}, KEEP_ALIVE_MS); // a watcher of folders does not
    let code: number = ExitCode.PASSED;
    try {
      this.#update(epochNowMs());
      while (!this.#isQuit) {
        if (this.#due !== undefined) code = await this.#runRound(this.#due);
        else await this.#waitForDue();
      }
      return this.#signalCode ?? code;
    } finally {
      this.#next?.drop();
      clearInterval(keepAlive);
      restore?.();
      unlisten();
    }
  }

  /** Reads keys, if there is a terminal. Returns a function that restores it. */
  async #readKeys(): Promise<(() => void) | undefined> {
    if (!Deno.stdin.isTerminal()) return undefined;
    const { readKeys } = await import("./read_keys.ts");
    this.#hasKeys = true;
    return readKeys((key) => this.#press(key));
  }

  /** Runs a round to its end. */
  async #runRound({ changed, isAll }: Due): Promise<number> {
    this.#due = undefined;
    const startMs = this.#roundStartMs = epochNowMs();
    if ([...changed].some((path) => CONFIG.test(path))) this.#dropNext();
    const round = this.#round = this.#next ?? this.#start();
    this.#next = undefined;
    const { isShared, changedModules } = this.#concerned(changed);
    const isListed = isAll || isShared || changedModules.length > 0;
    let hasStarted = false;
    let selfImport: string | undefined;
    round.onMessage = (message) => {
      if (message.type === "started") {
        hasStarted = true;
        if (isListed) void this.#listModules(startMs);
      } else if (message.type === "self-import") selfImport = message.message;
      else this.#setPatterns(message, startMs);
    };
    round.start({ changed: this.#relative(changed), changedModules, isAll: isAll || isShared });
    const code = await round.ended;
    this.#round = undefined;
    if (selfImport !== undefined) throw new UsageError(selfImport);
    if (!hasStarted) {
      this.#carry(changed, isAll || isShared);
      if (isListed) await this.#listModules(startMs);
    }
    if (!this.#isQuit) this.#next ??= this.#start();
    return code;
  }

  /** Returns what changed files concern: all tasks, those of some modules, or the readers alone. */
  #concerned(changed: ReadonlySet<string>): { isShared: boolean; changedModules: string[] } {
    const includes = (files: readonly string[]) => files.some((path) => changed.has(path));
    const changedModules = [...this.#modules].flatMap(([url, files]) => includes(files) ? url : []);
    const isOnly = this.#modules.size === 1 && changedModules.length === 1;
    return { isShared: isOnly || includes(this.#shared), changedModules };
  }

  /** The reasons of a round without a journal, for the next one. */
  #carried: Due = { changed: new Set(), isAll: false };

  #carry(changed: ReadonlySet<string>, isAll: boolean): void {
    for (const path of changed) this.#carried.changed.add(path);
    this.#carried.isAll ||= isAll;
    if (this.#due !== undefined) this.#ask([], false);
  }

  async #waitForDue(): Promise<void> {
    const files = plural(this.#snapshot.size, "file");
    this.#system.err(`Watching ${files}${this.#hasKeys ? KEYS : ""}`);
    await new Promise<void>((resolve) => this.#wake = resolve);
  }

  /** Makes a round due, and cancels the current one. */
  #ask(changed: readonly string[], isAll: boolean): void {
    this.#due ??= { changed: new Set(), isAll: false };
    const { changed: carried, isAll: wasAll } = this.#carried;
    this.#carried = { changed: new Set(), isAll: false };
    for (const path of [...carried, ...changed]) this.#due.changed.add(path);
    this.#due.isAll ||= isAll || wasAll;
    this.#cancel("SIGINT");
    this.#wake();
  }

  #isCancelled: RoundProcess | undefined;

  /** Cancels the current round once: a second signal would not wait for its tasks. */
  #cancel(signal: ExitSignal): void {
    if (this.#round === undefined || this.#isCancelled === this.#round) return;
    this.#isCancelled = this.#round;
    this.#round.kill(signal);
    if (!this.#isQuit) this.#next ??= this.#start(); // it starts while the round is torn down
  }

  #press(key: string): void {
    if (key === "\r") this.#ask([], true);
    else if (key === "f") this.#ask([], false);
    else if (key === "\x03") this.#end("SIGINT"); // on Windows
    else if (key === "q") {
      this.#isQuit = true;
      this.#cancel("SIGINT");
      this.#wake();
    }
  }

  /** Ends the watch: a first signal cancels the round, a second one stops it. */
  #end(signal: ExitSignal): void {
    this.#isQuit = true;
    this.#signalCode ??= SIGNAL_CODES[signal];
    if (!isSentToGroup(signal)) this.#round?.kill(signal);
    this.#wake();
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
      const configs = urls.flatMap((url) => configFiles(url, this.#system.folder));
      this.#modules = new Map(urls.map((url, i) => [url, graphs[i]!]));
      this.#shared = [...new Set([...configs, ...this.#given])];
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
    const { folder } = this.#system;
    const trees = new FilePatterns(files).bases.map((base) => base ? `${folder}/${base}` : folder);
    const changed: string[] = [];
    do changed.push(...this.#snapshot.watch({ shared, files, outputs }, sinceMs)); while (
      this.#watcher.watch(shared, trees)
    );
    if (changed.length > 0) this.#ask(changed, false);
  }

  #start(): RoundProcess {
    return new RoundProcess(this.#args, this.#system.folder);
  }

  #dropNext(): void {
    this.#next?.drop();
    this.#next = undefined;
  }

  #relative(changed: ReadonlySet<string>): string[] {
    const prefix = `${this.#system.folder}/`;
    return [...changed].map((it) => it.startsWith(prefix) ? it.slice(prefix.length) : it).sort();
  }
}

/** Files that Deno reads when it starts. */
const CONFIG = /(^|[/\\])(deno\.jsonc?|deno\.lock|package\.json|import_map\.json|\.npmrc)$/;
/** Interval of a timer that does nothing, in ms: one day. */
const KEEP_ALIVE_MS = 86_400_000;
const KEYS = " · Enter: run all · f: run failed · q: quit";
