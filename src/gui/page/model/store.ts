/** The signals of the page, from which everything on the page is rendered. */
import { batch, computed, signal } from "@preact/signals";
import type { OpenedModule, RunInfo, SessionInfo } from "../../ui_protocol.ts";
import type { TaskInfo } from "../../../events/run_event.ts";
import { invertEdges } from "../../../layout/levels.ts";
import type { Player } from "./player.ts";
import { type DisplayedRun, frame } from "./displayed_run.ts";
import type { StateRow } from "./state_rows.ts";

/** The views of the page. */
export const TABS = ["graph", "threads", "tasks", "log", "failures", "state"] as const;
/** See {@linkcode TABS}. */
export type Tab = typeof TABS[number];

/** The session, as it was when the page loaded. */
export const session = signal<SessionInfo | null>(null);
/** The last error, shown below the top bar. */
export const problem = signal("");
/** Whether a module is being loaded. */
export const isOpening = signal(false);
/** Whether a run is being started. */
export const isStarting = signal(false);

/** The module as it was when it was opened. */
export const opened = signal<OpenedModule | null>(null);
/** The shown run; null shows the module. */
export const shown = signal<DisplayedRun | null>(null);
/** The player of the shown run, if it is a replay. */
export const player = signal<Player | null>(null);
/** All runs of this session, the oldest first. */
export const history = signal<readonly RunInfo[]>([]);

export const tab = signal<Tab>("graph");
/** The name of the selected task. */
export const selected = signal<string | null>(null);
export const search = signal("");
/** The task of the dialog that runs one task, while it is open. */
export const taskToRun = signal<string | null>(null);

/** The settings of a run. */
export const settings = {
  module: signal(""),
  stateFile: signal(""),
  /** As typed; empty selects the default. */
  workers: signal(""),
  tags: signal(""),
  names: signal(""),
  skipDependents: signal(true),
  log: signal(false),
};

/** The path of the state file that was read last; empty for none. */
export const stateFileRead = signal("");
export const stateRows = signal<readonly StateRow[]>([]);
/** The error of `setupState`, or of `teardownState` after it. */
export const stateProblem = signal("");

/** The active run, shown or not. */
export const active = computed(() => history.value.find(({ end }) => end === null));
/** Number of cancel requests of the active run. */
export const cancels = computed(() => active.value?.cancels ?? 0);

/** The tasks of the shown run, or of the module. */
export const tasks = computed<readonly TaskInfo[]>(() => {
  frame.value; // a run has its tasks with its first event
  const run = shown.value;
  if (run === null) return moduleTasks.value;
  // Until the first event of a run, all tasks of its module are shown.
  const isStarting = run.connection !== "ended" &&
    run.info?.request.module === opened.value?.module;
  return run.events.length === 0 && isStarting ? moduleTasks.value : run.model.tasks;
});

/** Number of tasks, without the set-ups and tear-downs of resources. */
export const taskCount = computed(() =>
  tasks.value.filter(({ kind }) => kind === undefined).length
);

const moduleTasks = computed<readonly TaskInfo[]>(() => {
  const found = opened.value?.tasks ?? [];
  const ids = new Map(found.map(({ name }, id) => [name, id]));
  return found.map(({ name, kind, tags, after }) => {
    const task = { name, tags, after: after.map((it) => ids.get(it)!) } as unknown as TaskInfo;
    return kind === undefined ? task : { ...task, kind };
  });
});

/** Names and tags of the tasks in lower case: made once, as a search compares all of them. */
const searchTexts = computed(() =>
  tasks.value.map(({ name, tags }) => `${name} ${tags.join(" ")}`.toLowerCase())
);

/** The tasks whose names and tags contain all words of the search; all without a search. */
export const matching = computed<readonly number[]>(() => {
  const words = search.value.toLowerCase().split(/\s+/).filter((word) => word !== "");
  if (words.length === 0) return [...tasks.value.keys()];
  return searchTexts.value.flatMap((text, id) =>
    words.every((word) => text.includes(word)) ? id : []
  );
});

/** The dependents of each task. */
export const dependents = computed(() => invertEdges(tasks.value.map(({ after }) => after)));

/** The id of the selected task, or -1. */
export const selectedId = computed(() => {
  const name = selected.value;
  return name === null ? -1 : tasks.value.findIndex((task) => task.name === name);
});

const compareNaturally = new Intl.Collator("en", { numeric: true }).compare;

/** All tags of the module, in natural order: `v2`, then `v10`. */
export const tags = computed(() =>
  [...new Set((opened.value?.tasks ?? []).flatMap((task) => task.tags))].sort(compareNaturally)
);

/** Shows another run, or the module. */
export function show(run: DisplayedRun | null, replay: Player | null = null): void {
  batch(() => {
    player.value?.stop();
    player.value = replay;
    shown.value = run;
  });
}
