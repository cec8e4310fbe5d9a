/** `tdrun ui --watch`: each round of a watch is a run of the session. */
import { UsageError } from "../../base/errors.ts";
import type { RunRegistry } from "../../gui/run_registry.ts";
import type { RunWatch } from "../../gui/serve_gui.ts";
import type { RunInfo, RunRequest, RunRound } from "../../gui/ui_protocol.ts";
import { RoundProcess } from "../watch/round_process.ts";
import type { Round, RoundCommand, RoundMessage, RoundPlan } from "../watch/round_protocol.ts";
import { Watch } from "../watch/watch.ts";
import { rejectReservedKeys } from "./cli_backend.ts";
import { moduleArg } from "./run_args.ts";
import { followRun, type RunProcess, startRunProcess } from "./start_child_run.ts";

/** Maximum number of changed files that are named: the page shows fewer. */
const CHANGED_MAX = 20;

/** Options of {@linkcode UiWatch}. */
export interface UiWatchOptions {
  /** Absolute path of the server's folder. */
  readonly folder: string;
  /** The runs of the session. */
  readonly runs: RunRegistry;
  /** Called when a watch ends with an error that no request receives. */
  readonly onError: (error: unknown) => void;
}

/** A watch, and the request that it repeats. */
interface WatchedRequest {
  readonly key: string;
  readonly watch: Watch;
  /** Resolves when the watch has ended. */
  readonly ended: Promise<void>;
}

/**
 * Watches the files of the request that was started last. All runs of the session are rounds, so
 * the registry never has two active runs.
 */
export class UiWatch implements RunWatch {
  readonly #options: UiWatchOptions;
  #watched: WatchedRequest | undefined;
  /** The run that a request waits for: the next round. */
  #requested: PromiseWithResolvers<RunInfo> | undefined;
  #isEnding = false;

  constructor(options: UiWatchOptions) {
    this.#options = options;
  }

  async start(request: RunRequest): Promise<RunInfo> {
    rejectReservedKeys(request.state);
    this.#options.runs.assertIdle();
    if (this.#requested !== undefined) {
      throw new UsageError("Cannot start a run: another run is being started");
    }
    const requested = this.#requested = Promise.withResolvers<RunInfo>();
    try {
      await this.#askFor(request);
      return await requested.promise;
    } finally {
      this.#requested = undefined;
    }
  }

  /** Runs a module with the default settings of the page. */
  begin(module: string): void {
    const fields = { workers: null, tags: "", names: [], skipDependents: true, log: false };
    this.start({ module, ...fields, state: {}, mocks: {}, rerunFailed: false })
      .catch(this.#options.onError);
  }

  /** Starts no more rounds. Resolves when the current one has ended. */
  async end(): Promise<void> {
    this.#isEnding = true;
    this.#watched?.watch.quit();
    await this.#watched?.ended;
  }

  /** Makes a round of a request due. Another request replaces the watch. */
  async #askFor({ rerunFailed, ...request }: RunRequest): Promise<void> {
    const key = JSON.stringify(request);
    if (this.#watched?.key === key) return this.#watched.watch.ask(!rerunFailed);
    this.#watched?.watch.quit();
    await this.#watched?.ended;
    this.#watched = this.#watch({ ...request, rerunFailed: false }, { key, isAll: !rerunFailed });
  }

  #watch(
    request: RunRequest,
    { key, isAll }: { readonly key: string; readonly isAll: boolean },
  ): WatchedRequest {
    const { folder, runs } = this.#options;
    const watch = new Watch({
      folder,
      modules: [{ path: moduleArg(request.module), names: [], isExpanded: false }],
      given: [],
      isAll,
      startRound: () =>
        new UiRound(startRunProcess(request, { folder, isRound: true }), {
          request,
          runs,
          onStart: (run) => this.#requested?.resolve(run),
        }),
      onIdle() {},
      onLine() {},
    });
    const ended = watch.run().then(() => {}, (error) => this.#fail(error));
    if (this.#isEnding) watch.quit();
    return { key, watch, ended };
  }

  #fail(error: unknown): void {
    this.#watched = undefined;
    if (this.#requested !== undefined) this.#requested.reject(error);
    else this.#options.onError(error);
  }
}

/** Options of {@linkcode UiRound}. */
interface UiRoundOptions {
  readonly request: RunRequest;
  readonly runs: RunRegistry;
  readonly onStart: (run: RunInfo) => void;
}

/** A round whose events are those of a run of the session. */
class UiRound implements Round {
  readonly #run: RunProcess;
  readonly #process: RoundProcess;
  readonly #options: UiRoundOptions;
  /** The run; undefined before the start, and if the session has ended. */
  #started: Promise<RunInfo | undefined> = Promise.resolve(undefined);

  constructor(run: RunProcess, options: UiRoundOptions) {
    this.#run = run;
    this.#process = new RoundProcess(run.child, run.files.roundMessages);
    this.#options = options;
  }

  set onMessage(handle: (message: RoundMessage) => void) {
    this.#process.onMessage = handle;
  }

  get ended(): Promise<number> {
    return this.#end();
  }

  get exited(): Promise<void> {
    return this.#process.exited;
  }

  send(command: RoundCommand): void {
    this.#process.send(command);
  }

  start(plan: RoundPlan): void {
    const { request, runs, onStart } = this.#options;
    const { changed, isAll } = plan;
    const round: RunRound = {
      changed: changed.slice(0, CHANGED_MAX),
      changedCount: changed.length,
    };
    const rerunFailed = !isAll && changed.length === 0;
    this.#started = runs.start({ ...request, rerunFailed }, () => {
      this.#process.start(plan);
      return Promise.resolve({ ...followRun(this.#run, this.#process.status), round });
    }).then((run) => {
      onStart(run);
      return run;
    }, () => {
      this.drop(); // the session is ending
      return undefined;
    });
  }

  /** Cancels the run: only a change of a file does. */
  kill(): void {
    void this.#started.then((run) => run && this.#options.runs.replace(run.id));
  }

  drop(): void {
    this.#process.drop();
    this.#run.unwatch();
    this.#run.files.remove();
  }

  async #end(): Promise<number> {
    const code = await this.#process.ended;
    const run = await this.#started;
    if (run !== undefined) await this.#options.runs.ended(run.id);
    return code;
  }
}
