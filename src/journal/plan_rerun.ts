/** Plans a rerun: which tasks run again, and which results are reused. */
import type { Graph } from "../graph/graph.ts";
import { topologicalOrder } from "../graph/topological_order.ts";
import type { JournalledRun } from "./parse_journal.ts";
import { toComparable } from "./result_codec.ts";

/** The tasks that would run without a journal. */
export interface RerunSelection {
  /** The selected tasks without the mocked ones. */
  readonly graph: Graph;
  /** All tasks of the module. */
  readonly all: Graph;
  /** Results mocked on the command line. */
  readonly mocks: ReadonlyMap<string, unknown>;
  /** Hashes of case values by task; null where a value cannot be compared. */
  readonly cases: ReadonlyMap<string, string | null>;
  /** Whether tasks are skipped if a dependency did not pass. */
  readonly skipDependents: boolean;
  /** Tasks that run again although they have passed. */
  readonly affected?: readonly string[];
}

/** The plan of a rerun. Lists are sorted by name. */
export interface RerunPlan {
  /** Tasks to run. */
  readonly rerun: readonly string[];
  /** Results that are reused, by task. */
  readonly reused: ReadonlyMap<string, unknown>;
  /** The keys of the state that tasks with reused results wrote, for tasks that wrote any. */
  readonly wrote: ReadonlyMap<string, readonly string[]>;
  /** Tasks that neither run nor are reused: they require a failure, or depend on such a task. */
  readonly idle: readonly string[];
  /** Tasks that passed with a result too large to be stored. They rerun if any other task does. */
  readonly omitted: readonly string[];
  /** Tasks in the journal that the module no longer has. */
  readonly removed: readonly string[];
  /** Tasks whose dependencies have changed. They are among the tasks to run. */
  readonly rewired: readonly string[];
  /** Cases whose values have changed or cannot be compared. They are among the tasks to run. */
  readonly revalued: readonly string[];
}

const Fate = { RERUN: 0, REUSED: 1, IDLE: 2 } as const;

/**
 * Plans the rerun of a journaled run. A result is reused only if its task passed and the results
 * of all its dependencies are reused, since a task that reruns may produce another result. Pure.
 */
export function planRerun(selection: RerunSelection, journal: JournalledRun): RerunPlan {
  const { graph, all, mocks } = selection;
  const { names } = journal.head;
  const given = new Map(journal.head.given);
  const indexes = new Map(names.map((name, index) => [name, index]));
  const previous = graph.names.map((name) => journal.tasks[indexes.get(name) ?? -1]);
  const changed = changedMocks(mocks, given);
  const isStale = affectedBy(changed, selection);
  for (const name of selection.affected ?? []) isStale[graph.idOf(name) ?? -1] = 1;
  const rewired: number[] = [];
  for (const [index, name] of names.entries()) {
    const id = graph.idOf(name);
    if (id === undefined) continue;
    const then = journal.head.after[index]!.map((other) => names[other]!);
    const now = Array.from(graph.dependenciesOf(id), (other) => graph.names[other]!);
    // Tasks that are or were mocked are ignored: they are in one of the two graphs only.
    if (haveSameNames(then.filter((it) => !mocks.has(it)), now.filter((it) => !given.has(it)))) {
      continue;
    }
    rewired.push(id);
    isStale[id] = 1;
  }
  const revalued = changedCases(selection, new Map(journal.head.cases));
  for (const name of revalued) isStale[graph.idOf(name)!] = 1;
  const withStatus = (...kinds: string[]) =>
    previous.map((task, id) => !isStale[id] && task !== undefined && kinds.includes(task.status));
  const passed = decideFates(selection, withStatus("passed", "omitted"));
  // A result that was too large is recomputed only if other tasks run.
  const fates = passed.includes(Fate.RERUN) ? decideFates(selection, withStatus("passed")) : passed;
  const namesOf = (fate: number) => graph.names.filter((_, id) => fates[id] === fate);
  const reused = graph.names.flatMap((name, id) => {
    const task = previous[id];
    return fates[id] === Fate.REUSED && task?.status === "passed" ? [{ name, ...task }] : [];
  });
  return {
    rerun: namesOf(Fate.RERUN),
    reused: new Map(reused.map(({ name, result }) => [name, result])),
    wrote: new Map(
      reused.filter(({ wrote }) => wrote.length > 0).map(({ name, wrote }) => [name, wrote]),
    ),
    idle: namesOf(Fate.IDLE),
    omitted: graph.names.filter((_, id) => previous[id]?.status === "omitted"),
    removed: names.filter((name) => all.idOf(name) === undefined),
    rewired: rewired.map((id) => graph.names[id]!),
    revalued: revalued.filter((name) => indexes.has(name)),
  };
}

/**
 * Decides the fate of each task in topological order, so that the fates of its dependencies are
 * known.
 *
 * @param isReusable By task: whether the result can be reused if those of all dependencies are.
 */
function decideFates(
  { graph, skipDependents }: RerunSelection,
  isReusable: readonly boolean[],
): Uint8Array {
  const fates = new Uint8Array(graph.size);
  for (const id of topologicalOrder(graph)) {
    const dependencies = graph.dependenciesOf(id);
    const has = (fate: number) => dependencies.some((dependency) => fates[dependency] === fate);
    const when = graph.tasks[id]!.policy?.when ?? "passed";
    const hasRerunDependency = has(Fate.RERUN);
    if (!hasRerunDependency && isReusable[id]) fates[id] = Fate.REUSED;
    else if (when === "passed" && skipDependents && has(Fate.IDLE)) fates[id] = Fate.IDLE;
    else if (when === "failed" && !hasRerunDependency && dependencies.length > 0) {
      fates[id] = Fate.IDLE;
    } else fates[id] = Fate.RERUN;
  }
  return fates;
}

/** Returns the current and former cases, except those whose value is known to be the same. */
function changedCases(
  { graph, cases }: RerunSelection,
  then: ReadonlyMap<string, string | null>,
): string[] {
  return graph.names.filter((name) => {
    const [now, dependencies] = [cases.get(name), then.get(name)];
    return now !== dependencies || now === null;
  });
}

function haveSameNames(some: readonly string[], others: readonly string[]): boolean {
  const previous = new Set(others);
  return some.length === others.length && some.every((name) => previous.has(name));
}

/** Returns the tasks whose mocked result was added, changed or removed. */
function changedMocks(
  now: ReadonlyMap<string, unknown>,
  then: ReadonlyMap<string, unknown>,
): string[] {
  const isSame = (name: string) =>
    JSON.stringify(toComparable(now.get(name))) === JSON.stringify(then.get(name));
  return [...new Set([...now.keys(), ...then.keys()])].filter((name) => !isSame(name));
}

/** Marks the selected tasks that depend on mocked tasks, directly or through unselected tasks. */
function affectedBy(mocked: readonly string[], { graph, all, mocks }: RerunSelection): Uint8Array {
  const affected = new Uint8Array(graph.size);
  const seen = new Uint8Array(all.size);
  const pending = mocked.flatMap((name) => all.idOf(name) ?? []) as number[];
  for (let from = pending.pop(); from !== undefined; from = pending.pop()) {
    for (const other of all.dependentsOf(from)) {
      if (seen[other]) continue;
      seen[other] = 1;
      const name = all.names[other]!;
      const id = graph.idOf(name);
      if (id !== undefined) affected[id] = 1;
      else if (!mocks.has(name)) pending.push(other);
    }
  }
  return affected;
}
