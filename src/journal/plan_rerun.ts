/**
 * What is run again after a run, and what of it is taken over. A result that stands must not rest on
 * something that is going to change: a task that passed is taken over only if all it comes after is.
 */
import type { Graph } from "../graph/graph.ts";
import { topologicalOrder } from "../graph/topological_order.ts";
import type { JournalledRun } from "./read_journal.ts";

/** What is to be run now, were there no journal. */
export interface RerunSelection {
  /** The selected tasks, without the mocked. */
  readonly graph: Graph;
  /** All tasks of the module. */
  readonly all: Graph;
  /** Results given on the command line. */
  readonly mocks: ReadonlyMap<string, unknown>;
  /** Hashes of the values of cases, by task; null where a value cannot be compared. */
  readonly cases: ReadonlyMap<string, string | null>;
  /** Whether tasks are skipped whose dependencies did not pass. */
  readonly skipDependents: boolean;
}

/** See the head of this file. The lists are in the order of the names. */
export interface RerunPlan {
  /** Tasks to run. */
  readonly rerun: readonly string[];
  /** Results of the tasks that are taken over. */
  readonly reused: ReadonlyMap<string, unknown>;
  /** The keys of the state that tasks which are taken over had written, of those that had. */
  readonly wrote: ReadonlyMap<string, readonly string[]>;
  /** Tasks that are neither: they run after a failure, or after such a task, and there is none. */
  readonly idle: readonly string[];
  /** Tasks that passed, but whose results were too large to be kept. They run, if any task does. */
  readonly omitted: readonly string[];
  /** Tasks of the journal that the module does not have any more. */
  readonly removed: readonly string[];
  /** Tasks that come after others than they did. They are among the tasks to run. */
  readonly rewired: readonly string[];
  /** Cases that may have another value than they had. They are among the tasks to run. */
  readonly revalued: readonly string[];
}

const Fate = { RERUN: 0, REUSED: 1, IDLE: 2 } as const;

/** Plans to go on with a run. Pure. */
export function planRerun(selection: RerunSelection, journal: JournalledRun): RerunPlan {
  const { graph, all, mocks } = selection;
  const { names } = journal.head;
  const given = new Map(journal.head.given);
  const indexes = new Map(names.map((name, index) => [name, index]));
  const previous = graph.names.map((name) => journal.tasks[indexes.get(name) ?? -1]);
  const changed = changedMocks(mocks, given);
  const isStale = affectedBy(changed, selection);
  const rewired: number[] = [];
  for (const [index, name] of names.entries()) {
    const id = graph.idOf(name);
    if (id === undefined) continue;
    const then = journal.head.after[index]!.map((other) => names[other]!);
    const now = Array.from(graph.dependenciesOf(id), (other) => graph.names[other]!);
    // Tasks aside that are mocked now, or were then.
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
  // A result is made again for what is left to run, and only then.
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
 * From dependencies to dependents, so that each task finds the fates of all it comes after.
 *
 * @param stands What came of each task stands, if that of all it comes after does.
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

/** The tasks that are a case now or were one, but for those of which the value is known to be the same. */
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

/** Results that are given now and were not then, or others, or no longer. */
function changedMocks(
  now: ReadonlyMap<string, unknown>,
  then: ReadonlyMap<string, unknown>,
): string[] {
  const isSame = (name: string) => JSON.stringify(now.get(name)) === JSON.stringify(then.get(name));
  return [...new Set([...now.keys(), ...then.keys()])].filter((name) => !isSame(name));
}

/** The selected tasks that come after mocked ones, directly or through tasks that are left out. */
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
