/** The protocol between the process of a round of `--watch` and the watching process. */
import type { Reporter } from "../../events/reporter.ts";
import type { Graph } from "../../graph/graph.ts";
import type { StoredResult } from "../../journal/journal_format.ts";
import type { WorkerHooks } from "../../lane/run_spec.ts";
import type { RunGraphOptions } from "../../run/run_graph.ts";
import type { SharedState } from "../../state/shared_state.ts";
import type { ResourceLocation } from "../../task/mark_locations.ts";
import type { FoundTask, TaskSpec } from "../../task/task.ts";
import type { ExitSignal } from "../exit_code.ts";

/** Digests of files by path. */
export type DigestsByPath = Readonly<Record<string, string>>;

/** A resource that a process holds, with its value. */
export interface HeldResource extends StoredResult {
  readonly name: string;
  /** The URL of the module that defines it. */
  readonly module: string;
  /** Its options, and the calls that created it. */
  readonly definition: string;
  /** The files of its module graph. */
  readonly files: DigestsByPath;
  readonly configs: DigestsByPath;
}

/** The selection of a round. */
export interface RoundPlan {
  /** The changed files, relative to the folder where it contains them. Sorted. */
  readonly changed: readonly string[];
  /** With several modules, the URLs of those whose module graph has changed. */
  readonly changedModules: readonly string[];
  /** Whether every task runs: at the start, on Enter, or after a change that concerns all. */
  readonly isAll: boolean;
  /** The resources that processes of earlier rounds hold, in the order of their set-ups. */
  readonly held: readonly HeldResource[];
}

/** A message of a round's process. */
export type RoundMessage =
  /** Globs of the selected tasks: the files that they read, and those that they write. */
  | { readonly type: "loaded"; readonly files: string[]; readonly outputs: string[] }
  /** The journal is open: the next round knows which tasks have passed. */
  | { readonly type: "started" }
  /** The module imports the library by its name, which takes an import map. */
  | { readonly type: "self-import"; readonly message: string }
  /** Held resources cannot be used: the round waits for "released". */
  | { readonly type: "release"; readonly names: readonly string[] }
  /** The round has ended with an exit code, and its process holds resources. */
  | { readonly type: "held"; readonly code: number; readonly resources: readonly HeldResource[] }
  /** A held resource has printed a line. */
  | { readonly type: "output"; readonly name: string; readonly text: string }
  /** A held resource is gone; "released" follows. */
  | { readonly type: "lost"; readonly name: string }
  /** A held resource is disposed of. */
  | { readonly type: "released"; readonly name: string; readonly hasFailed: boolean };

/** A command of the watching process. */
export type RoundCommand =
  /** Dispose of a held resource. */
  | { readonly type: "release"; readonly name: string }
  /** The answer to "release": the resources are disposed of. */
  | { readonly type: "released" };

/** A process that runs one round, or waits for it. */
export interface Round {
  /** Resolves to the exit code of the round; its process may go on, and hold resources. */
  readonly ended: Promise<number>;
  /** Resolves when the process has exited, after the last message was handled. */
  readonly exited: Promise<void>;
  /** Handles the messages of the round. */
  onMessage: (message: RoundMessage) => void;
  /** Starts the round. */
  start(plan: RoundPlan): void;
  /** Sends a command, if the process is running. */
  send(command: RoundCommand): void;
  /** Sends a signal, if the process is running. */
  kill(signal: ExitSignal): void;
  /** Ends a process whose round has not started. */
  drop(): void;
}

/** The loaded module of a round, as far as it concerns resources. */
export interface RoundModule {
  /** Start of loading, in ms of the monotonic clock. */
  readonly startMs: number;
  readonly graph: Graph;
  readonly tasks: ReadonlyMap<string, FoundTask>;
  readonly hooks: WorkerHooks;
  /** The values of held resources that the round uses. */
  readonly held?: ReadonlyMap<string, unknown>;
  readonly locationsOfResources: ReadonlyMap<string, ResourceLocation> | undefined;
}

/** The options of a run whose resources may outlive it. */
export interface HoldingOptions extends Pick<RunGraphOptions, "keepResource"> {
  readonly reporters: readonly Reporter[];
}

/** Holds the resources that outlive a round, in its process. */
export interface RoundHolder {
  /** Returns the options of the run of the round. */
  optionsFor(module: RoundModule, state: SharedState): HoldingOptions;
  /** Disposes of the resources after an error that has ended the round. */
  disposeAll(): Promise<void>;
  /**
   * Ends the round, and holds its resources until they are released.
   *
   * @param code The exit code of the round.
   * @returns That code, when this process can exit.
   */
  hold(code: number): Promise<number>;
}

/** A round, as its process sees it. */
export interface WatchRound {
  readonly plan: RoundPlan;
  /** Holds the resources that outlive the round. */
  readonly holder: RoundHolder;
  /**
   * Sends the files to watch.
   *
   * @param selected The tasks of the run, and those whose results are reused.
   */
  loaded(selected: readonly TaskSpec[]): void;
  /** Sends that the journal is open. */
  started(): void;
  /** Asks for the disposal of held resources, and waits for it. */
  release(names: readonly string[]): Promise<void>;
  /** Sends that the module imports the library by its name. */
  importsSelf(message: string): void;
  /** Passes the round on to the process that this one starts in its place. */
  passOn(): void;
}
