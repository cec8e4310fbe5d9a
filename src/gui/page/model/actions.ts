/** The actions of the page. Errors are shown as the problem of the page. */
import { errorText } from "../../../base/text_format.ts";
import type { RunInfo, StateFileRequest } from "../../ui_protocol.ts";
import { uiClient } from "../client/ui_client.ts";
import { unreportedFailure } from "./run_end_status.ts";
import { connect, type ConnectionListener } from "../client/event_connection.ts";
import { Player } from "./player.ts";
import { readRecording } from "../../../events/read_recording.ts";
import { createLiveRun, createRecordedRun, type DisplayedRun } from "./displayed_run.ts";
import { initialState, withFile, withModule } from "./state_rows.ts";
import type { PagePlace } from "./url_fragment.ts";
import {
  active,
  history,
  isOpening,
  opened,
  player,
  problem,
  search,
  selected,
  session,
  settings,
  show,
  shown,
  stateFileRead,
  stateProblem,
  stateRows,
  tab,
} from "./store.ts";

/** Handles the messages of the server. */
const listener: ConnectionListener = {
  runs(infos) {
    const last = history.value.at(-1);
    history.value = infos;
    const newest = infos.at(-1);
    if (newest?.round && newest.id !== last?.id && isFollowing(newest, last)) showRun(newest);
  },
  ended: () => problem.value = "The server has stopped: restart tdrun ui",
  end: (run) => {
    const failure = unreportedFailure(run);
    problem.value = failure ?? problem.value;
    selectFirstFailure(run);
    if (failure === undefined) void openRepaired(run);
  },
};

/** Whether the page shows the last run, or the module of a round: then it shows the round, too. */
function isFollowing({ request }: RunInfo, last: RunInfo | undefined): boolean {
  if (player.value !== null) return false;
  if (shown.value !== null) return shown.value.info?.id === last?.id;
  return opened.value === null || opened.value.module === request.module;
}

/** Selects the first failed task of an ended run, unless one of its tasks is selected. */
function selectFirstFailure({ model: { view } }: DisplayedRun): void {
  if (view.tasks.some(({ name }) => name === selected.value)) return;
  const first = view.finished.find((task) => view.outcomes[task]!.status === "failed");
  if (first !== undefined) selected.value = view.tasks[first]!.name;
}

/**
 * Opens the module of a round that could run, if the module could not be opened before. A load that
 * goes on may be of the version before, and fail.
 */
async function openRepaired({ info, events }: DisplayedRun): Promise<void> {
  if (!info?.round || events.length === 0) return;
  await lastLoad;
  if (opened.value === null && !isOpening.value) await load(info.request.module);
}

/** A request of which only the latest counts: a new one aborts the previous one. */
class LatestRequest {
  #controller: AbortController | undefined;

  /** The signal of the last request, finished or not. */
  get signal(): AbortSignal | undefined {
    return this.#controller?.signal;
  }

  /** Aborts the previous request, and returns the signal of a new one. */
  start(): AbortSignal {
    this.abort();
    this.#controller = new AbortController();
    return this.#controller.signal;
  }

  /** Aborts the last request; a finished request is not affected. */
  abort(reason?: Error): void {
    this.#controller?.abort(reason);
  }
}

/**
 * Loads the session: its runs, the active one, and the module.
 *
 * @param place The place of the URL. An active run is shown in any case, and the last round of a
 * watch without a place.
 */
export async function startSession(place: PagePlace): Promise<void> {
  await runAction(async () => {
    const info = await uiClient.session();
    session.value = info;
    history.value = info.runs;
    const activeRun = info.runs.find(({ end }) => end === null);
    const lastRound = info.isWatching ? info.runs.at(-1) : undefined;
    const run = activeRun ?? info.runs.find(({ id }) => id === place.run) ?? lastRound;
    if (run === undefined) connect(null, listener);
    const module = run?.request.module ?? place.module ?? info.module;
    await showPlace({
      ...place,
      ...run !== undefined && { run: run.id },
      ...module !== undefined && { module },
    });
  });
}

/** Shows a place of the page, as a URL has it. Opens its module if another one is open. */
export async function showPlace(
  { module, run, tab: at = "graph", task }: PagePlace,
): Promise<void> {
  tab.value = at;
  const info = history.value.find(({ id }) => id === run);
  if (info !== undefined && info.id !== shown.value?.info?.id) showRun(info);
  if (module !== undefined && module !== opened.value?.module) {
    settings.module.value = module;
    await load(module);
  }
  if (task !== undefined) selected.value = task;
}

/** Opens a module by its path. */
export async function openPath(path: string): Promise<void> {
  settings.module.value = path;
  await openModule();
}

/** Loads the module as it is now, and shows its graph. */
export async function openModule(): Promise<void> {
  const module = settings.module.value.trim();
  if (module !== "" && await load(module)) showModule();
}

const opening = new LatestRequest();
/** The last load, finished or not. */
let lastLoad: Promise<boolean> | undefined;

/**
 * Loads a module, and aborts another load.
 *
 * @param keepsSelection Whether the tags and names of another module stay.
 * @returns Whether the module is loaded.
 */
export function load(module: string, keepsSelection = false): Promise<boolean> {
  return lastLoad = loadNow(module, keepsSelection);
}

async function loadNow(module: string, keepsSelection: boolean): Promise<boolean> {
  const signal = opening.start();
  refreshing.abort();
  const refreshSignal = refreshing.signal;
  isOpening.value = true;
  const isAnother = opened.value?.module !== module;
  const isLoaded = await runAction(async () => {
    const state = initialState(stateRows.value);
    const found = await uiClient.open({ module, state }, signal);
    opened.value = found;
    settings.module.value = found.module;
    stateProblem.value = found.stateProblem ?? "";
    problem.value = stateProblem.value; // visible even if another tab is open
    if (found.state) stateRows.value = withModule(stateRows.value, found.state);
    // The state has changed meanwhile: that refresh asked the previous module.
    if (refreshing.signal !== refreshSignal) void refreshState();
    if (!isAnother) return;
    if (!found.tasks.some(({ name }) => name === selected.value)) selected.value = null;
    search.value = "";
    if (keepsSelection) return;
    settings.tags.value = "";
    settings.names.value = "";
  });
  if (opening.signal !== signal) return false;
  isOpening.value = false;
  return isLoaded;
}

const refreshing = new LatestRequest();

/** Calls the module's `setupState` with the changed state. Aborts an older call. */
export async function refreshState(): Promise<void> {
  const signal = refreshing.start();
  const module = opened.value?.module;
  if (module === undefined) return;
  await showErrors(async () => {
    const found = await uiClient.open({ module, state: initialState(stateRows.value) }, signal);
    stateProblem.value = found.stateProblem ?? "";
    if (found.state) stateRows.value = withModule(stateRows.value, found.state);
  });
}

const reading = new LatestRequest();

/**
 * Reads a state file, in the folder or dropped, and aborts another read.
 *
 * @returns Whether the file was read.
 */
export async function readStateFile(request: StateFileRequest): Promise<boolean> {
  const signal = reading.start();
  return await runAction(async () => {
    stateRows.value = withFile(stateRows.value, await uiClient.stateFile(request, signal));
    settings.stateFile.value = "path" in request ? request.path : `${request.name} (dropped)`;
    stateFileRead.value = settings.stateFile.value;
    void refreshState();
  });
}

/** Removes the values that were read from the state file. */
export function clearStateFile(): void {
  reading.abort();
  problem.value = "";
  stateFileRead.value = "";
  stateRows.value = stateRows.value.filter(({ source }) => source !== "file");
  void refreshState();
}

/** Cancels the active run, more forcefully at each call; without a run, aborts loading a module. */
export async function cancelRun(): Promise<void> {
  const run = active.value;
  if (run === undefined) return opening.abort(new Error("Loading the module was cancelled"));
  await runAction(() => uiClient.cancel(run.id));
}

/** The recording being read; aborted when something else is shown. */
const fetching = new LatestRequest();

/** Shows a run of this session, from its beginning. */
export function showRun(info: RunInfo): void {
  fetching.abort();
  const run = createLiveRun(info);
  problem.value = ""; // possibly of another run
  show(run);
  connect(run, listener);
}

/** Shows the module without a run. */
export function showModule(): void {
  fetching.abort();
  show(null);
  connect(null, listener);
}

/** Replays the shown run. */
export function replayShown(): void {
  const run = shown.value;
  if (run === null) return;
  startReplay(`${run.title}, replayed`, run);
}

/** Replays a recording in the folder. */
export async function replayFile(path: string): Promise<void> {
  await readReplay(path, (signal) => uiClient.recording(path, signal));
}

async function readReplay(
  name: string,
  read: (signal: AbortSignal) => string | Promise<string>,
): Promise<void> {
  const signal = fetching.start();
  await runAction(async () =>
    startReplay(name, createRecordedRun(name, readRecording(await read(signal)), null))
  );
}

function startReplay(title: string, from: DisplayedRun): void {
  fetching.abort();
  const run = createRecordedRun(title, from.events, from.info);
  run.end = from.end;
  run.omittedCount = from.omittedCount;
  connect(null, listener);
  const replay = new Player(run, () => selectFirstFailure(run));
  show(run, replay);
  replay.play();
}

/** Opens a dropped or chosen file: a recording or a state file, by its content and name. */
export async function openFile(file: File): Promise<void> {
  if (/\.[cm]?[jt]sx?$/.test(file.name)) {
    problem.value = `Cannot open the module "${file.name}" as a file: type its path above`;
    return;
  }
  const text = await file.text();
  if (text.includes("\0")) {
    problem.value = `Cannot read "${file.name}": expected text: a state file or a recording`;
    return;
  }
  const isRecording = /^\s*\{.*"type":\s*"run-started"/.test(text.slice(0, 400));
  if (isRecording || /\.(ndjson|jsonl)$/.test(file.name)) await readReplay(file.name, () => text);
  else {
    await readStateFile({ name: file.name, text });
    if (problem.value === "") tab.value = "state";
  }
}

/** Runs an action of the user: clears the last error, and shows a new one. Returns the success. */
export async function runAction(action: () => Promise<unknown>): Promise<boolean> {
  problem.value = "";
  return await showErrors(action);
}

/** Runs an action and shows its error. Returns whether the action succeeded. */
async function showErrors(action: () => Promise<unknown>): Promise<boolean> {
  try {
    await action();
    return true;
  } catch (error) {
    const isAborted = error instanceof DOMException && error.name === "AbortError";
    if (!isAborted) problem.value = errorText(error);
    return false;
  }
}
