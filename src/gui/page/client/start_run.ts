/**
 * Starts runs with the values of the fields. Values that were typed and not confirmed are committed
 * first, or their error is shown: a run never uses other values than those on the page.
 */
import { parseNames } from "../../../base/name_syntax.ts";
import type { RunRequest, StartRequest } from "../../ui_protocol.ts";
import {
  clearStateFile,
  load,
  readStateFile,
  refreshState,
  runAction,
  showRun,
} from "../model/actions.ts";
import { uiClient } from "./ui_client.ts";
import { addKey, keyProblem, newKey, newValue } from "../forms/new_state_key.ts";
import { initialState } from "../model/state_rows.ts";
import {
  active,
  history,
  isOpening,
  isStarting,
  opened,
  problem,
  settings,
  shown,
  stateFileRead,
  stateRows,
  tab,
} from "../model/store.ts";

/** Starts a run with the settings. */
export async function startRun(): Promise<void> {
  if (canStart() && commitNewKey() && await commitStateFile() && await commitModule()) {
    await start(request);
  }
}

/** Starts a run of one task of the open module, with results of its dependencies. */
export async function startTask(name: string, mocks: RunRequest["mocks"]): Promise<void> {
  if (opened.value === null || !canStart() || !commitNewKey() || !await commitStateFile()) return;
  await start(() => ({ ...request([name]), tags: "", mocks }));
}

/** Reruns the failed tasks of the shown run. */
export async function rerunFailed(): Promise<void> {
  const rerunOf = shown.value?.info?.id;
  if (rerunOf !== undefined) await start(() => ({ rerunOf }));
}

function canStart(): boolean {
  return active.value === undefined && !isOpening.value && !isStarting.value;
}

/** Adds a typed key and value to the state. */
function commitNewKey(): boolean {
  if (newKey.value.trim() === "" && newValue.value === "") return true;
  const isAdded = addKey();
  const why = "Cannot run: the typed key of the state is invalid";
  if (isAdded) void refreshState();
  else problem.value = `${why}: ${keyProblem.value}`;
  return isAdded;
}

async function commitStateFile(): Promise<boolean> {
  const path = settings.stateFile.value.trim();
  if (path === stateFileRead.value) return true;
  if (path !== "") return await readStateFile({ path });
  clearStateFile();
  return true;
}

async function commitModule(): Promise<boolean> {
  const module = settings.module.value.trim();
  if (module === opened.value?.module) return true;
  if (module !== "") return await load(module, true);
  problem.value = "Cannot run: no module is open; type its path";
  return false;
}

/** @param request Throws when a field is invalid. */
async function start(request: () => StartRequest): Promise<void> {
  if (!canStart()) return;
  isStarting.value = true;
  await runAction(async () => {
    const info = await uiClient.run(request());
    if (!history.value.some(({ id }) => id === info.id)) history.value = [...history.value, info];
    if (shown.value?.info?.id !== info.id) showRun(info); // a watch may have shown its round
    if (tab.value === "state" || tab.value === "failures") tab.value = "graph";
  });
  isStarting.value = false;
}

/** Whether the module has a task of this name, or one with cases. */
function isTaskName(name: string): boolean {
  return opened.value!.tasks.some((task) => task.name === name || task.name.startsWith(`${name}.`));
}

function request(named?: readonly string[]): RunRequest {
  const { workers, tags, names, skipDependents, log } = settings;
  return {
    module: opened.value!.module,
    workers: workers.value === "" ? null : Number(workers.value),
    tags: tags.value.trim(),
    names: named ?? parseNames(names.value, ",", isTaskName),
    skipDependents: skipDependents.value,
    log: log.value,
    state: initialState(stateRows.value),
    mocks: {},
    rerunFailed: false,
  };
}
