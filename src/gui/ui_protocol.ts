/**
 * What the page and its server say to each other, as JSON. The server knows of modules, files and runs
 * of the command; all that is told of a run is its events, as the command writes them.
 */

/** What the page is told when it comes up. */
export interface SessionInfo {
  /** The folder the server was started in: no path leads out of it. */
  readonly folder: string;
  readonly version: string;
  /** How the URLs of the library's own code begin, which stacks are shown without. */
  readonly libraryUrls: readonly string[];
  /** The module to open, if one was named. */
  readonly module: string | undefined;
  /** How many threads a run has that does not say. */
  readonly cores: number;
  /** The runs of this session, the oldest first. */
  readonly runs: readonly RunInfo[];
}

/** A file or folder, for the completion of paths. */
export interface FileEntry {
  /** From the server's folder; a folder's ends with a slash. */
  readonly path: string;
}

/** What kinds of files are completed. */
export const FILE_KINDS = ["module", "state", "recording"] as const;
/** See {@linkcode FILE_KINDS}. */
export type FileKind = typeof FILE_KINDS[number];

/** A JSON object, such as a state. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Asks for a module: its graph, and the state that a run of it would begin with. */
export interface OpenRequest {
  readonly module: string;
  /** The state to begin with, before the module's `setupState` has seen it. */
  readonly state: JsonObject;
}

/** A task of a module. */
export interface OpenedTask {
  readonly name: string;
  /** Names of tasks. */
  readonly after: readonly string[];
  readonly tags: readonly string[];
}

/** A module as it is now. */
export interface OpenedModule {
  readonly module: string;
  readonly tasks: readonly OpenedTask[];
  /** The state after `setupState`; null where that could not be made. */
  readonly state: JsonObject | null;
  /** Why it could not be made, or torn down again. */
  readonly stateProblem: string | null;
}

/** Asks for the values of a state file: one in the folder, or one whose text was dropped on the page. */
export type StateFileRequest =
  | { readonly path: string }
  | { readonly name: string; readonly text: string };

/** Asks for a run. */
export interface RunRequest {
  readonly module: string;
  readonly workers: number | null;
  /** A tag expression; empty for all. */
  readonly tags: string;
  /** Names and globs; none means every task. */
  readonly names: readonly string[];
  readonly skipDependents: boolean;
  /** Whether each thread writes a log file. */
  readonly log: boolean;
  readonly state: JsonObject;
  /** Results to be taken as given, by task. */
  readonly mocks: JsonObject;
  /** Whether to go on with the last run of the same tasks. */
  readonly rerunFailed: boolean;
}

/** Asks for a run; or to go on with one of this session, with the state and the results it was given. */
export type StartRequest = RunRequest | { readonly rerunOf: number };

/** A run of this session, in short: this is told whenever it changes. */
export interface RunInfo {
  /** From 1. */
  readonly id: number;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly request: Omit<RunRequest, "state" | "mocks">;
  /** How often it was asked to end. */
  readonly cancels: number;
  readonly end: Pick<RunEnd, "code" | "signal" | "isCancelled"> | null;
}

/** How the command ended. */
export interface RunEnd {
  /** Its exit code; null when it was ended. */
  readonly code: number | null;
  /** What ended it, if that was a signal. */
  readonly signal: string | null;
  /** Whether somebody wanted it to end before it had run all: nothing else is cancelled. */
  readonly isCancelled: boolean;
  /** When: no event tells it of a process that was killed. ISO 8601. */
  readonly endedAt: string;
  /** The last of what it said to people. */
  readonly output: string;
  /** The state when the run was over; null where it came to none. */
  readonly state: JsonObject | null;
}

/** Every answer that is no success. */
export interface ErrorResponse {
  readonly error: string;
}
