/**
 * The JSON messages between the page and its server. The server handles modules, files and runs of
 * the command; the page receives the events of a run as the command writes them.
 */

/** The session, requested when the page loads. */
export interface SessionInfo {
  /** The folder in which the server was started: no path leads out of it. */
  readonly folder: string;
  readonly version: string;
  /** Prefixes of the URLs of the library: stacks are shown without these frames. */
  readonly libraryUrls: readonly string[];
  /** The module or the folder to open first, if the command line has one. */
  readonly module: string | undefined;
  /** Default number of threads of a run. */
  readonly cores: number;
  /** The URL of the editor, with `{file}`, `{line}` and `{column}`; empty for no links. */
  readonly editorUrl: string;
  /** Whether the last started run runs again when a file changes: `tdrun ui --watch`. */
  readonly isWatching: boolean;
  /** The runs of this session, the oldest first. */
  readonly runs: readonly RunInfo[];
}

/** A file or folder, for the completion of paths. */
export interface FileEntry {
  /** Relative to the server's folder; folders end with a slash. */
  readonly path: string;
}

/** Kinds of files whose paths are completed. */
export const FILE_KINDS = ["module", "state", "recording"] as const;
/** See {@linkcode FILE_KINDS}. */
export type FileKind = typeof FILE_KINDS[number];

/** A JSON object, such as a state. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** A request for the graph of a module, and for the initial state of a run. */
export interface OpenRequest {
  readonly module: string;
  /** The state that the module's `setupState` receives. */
  readonly state: JsonObject;
}

/** A task of a module, or a resource. */
export interface OpenedTask {
  readonly name: string;
  /** `"resource"` for a resource; absent for a task. */
  readonly kind?: "resource";
  /** Names of the dependencies. */
  readonly after: readonly string[];
  readonly tags: readonly string[];
  /** The condition under which the task runs: `"always"` or `"failed"`; absent otherwise. */
  readonly when?: string;
  /** Names of the mutexes that the task holds; absent for none. */
  readonly mutex?: readonly string[];
  /** Number of tokens that the task holds, by name; absent for none. */
  readonly tokens?: Readonly<Record<string, number>>;
  /** Number of threads that the task counts for; absent for one. */
  readonly weight?: number;
}

/** A module of several in a folder. */
export interface ProjectModule {
  readonly path: string;
  /** The prefix of the names of its tasks: `users::`. */
  readonly prefix: string;
}

/** A module, or all modules of a folder, as they were when they were loaded. */
export interface OpenedModule {
  /** The path of the module or the folder. */
  readonly module: string;
  /** The modules of the folder; empty if there is one. */
  readonly modules: readonly ProjectModule[];
  readonly tasks: readonly OpenedTask[];
  /** The state after `setupState`; null when `setupState` failed. */
  readonly state: JsonObject | null;
  /** The error of `setupState` or `teardownState`. */
  readonly stateProblem: string | null;
}

/** A request to parse a state file: one in the folder, or the text of a dropped file. */
export type StateFileRequest =
  | { readonly path: string }
  | { readonly name: string; readonly text: string };

/** A request for a run. */
export interface RunRequest {
  readonly module: string;
  readonly workers: number | null;
  /** A tag expression; empty selects all tasks. */
  readonly tags: string;
  /** Names and globs; an empty list selects all tasks. */
  readonly names: readonly string[];
  readonly skipDependents: boolean;
  /** Whether each thread writes a log file. */
  readonly log: boolean;
  readonly state: JsonObject;
  /** Results of mocked tasks, by name. */
  readonly mocks: JsonObject;
  /** Whether to rerun the last run of the same tasks: `--rerun-failed`. */
  readonly rerunFailed: boolean;
}

/** A request for a run, or to rerun one of this session with the same state and mocks. */
export type StartRequest = RunRequest | { readonly rerunOf: number };

/** The reason of a run that is a round of a watch. */
export interface RunRound {
  /** The first of the changed files, relative to the server's folder where it contains them. */
  readonly changed: readonly string[];
  /** Number of changed files; 0 if the round was asked for. */
  readonly changedCount: number;
}

/** Summary of a run of this session, sent whenever a run changes. */
export interface RunInfo {
  /** From 1. */
  readonly id: number;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly request: Omit<RunRequest, "state" | "mocks">;
  /** The reason of a round; absent for other runs. */
  readonly round?: RunRound;
  /** Number of cancel requests. */
  readonly cancels: number;
  /** Whether the watch has cancelled the run, since a file changed. */
  readonly isReplaced: boolean;
  readonly end: Pick<RunEnd, "code" | "signal" | "isCancelled"> | null;
}

/** The end of the command. */
export interface RunEnd {
  /** The exit code; null when a signal ended the command. */
  readonly code: number | null;
  /** The signal that ended the command. */
  readonly signal: string | null;
  /** Whether a user ended the run early: by the web UI, or by a signal to the process. */
  readonly isCancelled: boolean;
  /** ISO 8601. Known for a killed process, too, which has no last event. */
  readonly endedAt: string;
  /** The last part of what the command printed. */
  readonly output: string;
  /** The final state; null when the run ended without one. */
  readonly state: JsonObject | null;
}

/** Lines of a source file, around the location of an error. */
export interface SourceExcerpt {
  /** The number of the first line, from 1. */
  readonly first: number;
  readonly lines: readonly string[];
  /** The last change of the file, in ISO 8601; null if it is unknown. */
  readonly modifiedAt: string | null;
}

/** The body of every response that is not a success. */
export interface ErrorResponse {
  readonly error: string;
}
