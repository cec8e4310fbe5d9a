/** What the page has in mind: everything that is shown is made of these. */
import { batch, computed, signal } from "@preact/signals";
import type { OpenedModule, RunInfo, SessionInfo } from "../../ui_protocol.ts";
import type { TaskInfo } from "../../../events/run_event.ts";
import type { Player } from "./player.ts";
import { type DisplayedRun, frame } from "./displayed_run.ts";
import type { StateRow } from "./state_rows.ts";

/** The views of the page. */
export const TABS = ["graph", "threads", "tasks", "log", "failures", "state"] as const;
/** See {@linkcode TABS}. */
export type Tab = typeof TABS[number];

/** What the server said when the page came up. */
export const session = signal<SessionInfo | null>(null);
/** What went wrong last, for people. */
export const problem = signal("");
/** Whether a module is being loaded. */
export const isOpening = signal(false);
/** Whether a run is being started. */
export const isStarting = signal(false);

/** The module as it was when it was opened. */
export const opened = signal<OpenedModule | null>(null);
/** The run that is shown; null shows the module. */
export const shown = signal<DisplayedRun | null>(null);
/** What plays it, if it is a replay. */
export const player = signal<Player | null>(null);
/** All runs of this session, the oldest first. */
export const history = signal<readonly RunInfo[]>([]);

export const tab = signal<Tab>("graph");
/** The name of the task that is looked at. */
export const selected = signal<string | null>(null);
export const search = signal("");
/** The task that is to be run by itself, while the dialog about that is open. */
export const taskToRun = signal<string | null>(null);

/** How a run is made. */
export const settings = {
  module: signal(""),
  stateFile: signal(""),
  /** As typed; empty leaves it to the command. */
  workers: signal(""),
  tags: signal(""),
  names: signal(""),
  skipDependents: signal(true),
  log: signal(false),
};

/** What stood in the field of the state file when it was read; empty for none. */
export const stateFileRead = signal("");
export const stateRows = signal<readonly StateRow[]>([]);
/** What went wrong when `setupState` was asked, or with `teardownState` after it. */
export const stateProblem = signal("");

/** The run under way, whether it is shown or not. */
export const active = computed(() => history.value.find(({ end }) => end === null));
/** How often the run under way was asked to end. */
export const cancels = computed(() => active.value?.cancels ?? 0);

/** The tasks on the page: those of the run, or of the module. They change when another is shown. */
export const tasks = computed<readonly TaskInfo[]>(() => {
  frame.value; // a run has its tasks with its first event
  const run = shown.value;
  if (run === null) return moduleTasks.value;
  // Until its first event has come, a run is taken for one of all tasks.
  const isStarting = run.connection !== "ended" &&
    run.info?.request.module === opened.value?.module;
  return run.events.length === 0 && isStarting ? moduleTasks.value : run.model.tasks;
});

const moduleTasks = computed<readonly TaskInfo[]>(() => {
  const found = opened.value?.tasks ?? [];
  const ids = new Map(found.map(({ name }, id) => [name, id]));
  return found.map(({ name, tags, after }) =>
    ({ name, tags, after: after.map((it) => ids.get(it)!) }) as unknown as TaskInfo
  );
});

/** The tasks that have all words of the search in their names and tags; all, where there are none. */
export const matching = computed<readonly number[]>(() => {
  const words = search.value.toLowerCase().split(/\s+/);
  return [...tasks.value.keys()].filter((id) => {
    const { name, tags } = tasks.value[id]!;
    const text = `${name} ${tags.join(" ")}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
});

/** The id of the task that is looked at, or -1. */
export const selectedId = computed(() => {
  const name = selected.value;
  return name === null ? -1 : tasks.value.findIndex((task) => task.name === name);
});

const compareNaturally = new Intl.Collator("en", { numeric: true }).compare;

/** All tags of the module, in the order of the alphabet; `v2` comes before `v10`. */
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
