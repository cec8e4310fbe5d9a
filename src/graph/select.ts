/**
 * Task selection: tasks by name and tag, with their dependencies or dependents on request, without
 * mocked and excluded tasks. The remaining tasks keep their order, also through removed tasks.
 */
import { NothingToRunError, UsageError } from "../base/errors.ts";
import { didYouMean } from "../base/suggest.ts";
import { quoteList } from "../base/text_format.ts";
import type { NamedTask, TaskSpec } from "../task/task.ts";
import { isGlob, matchesGlob } from "../base/glob.ts";
import { Graph } from "./graph.ts";
import { contractGraph, NodeAction } from "./contract_graph.ts";
import { type Adjacency, neighbors } from "./adjacency.ts";
import { matchesTags, type TagExpression, tagsIn } from "./tag_expression.ts";
import { isTask, usedBy } from "./resources.ts";
import { topologicalOrder } from "./topological_order.ts";

/** The criteria of a selection. */
export interface Selection {
  /**
   * Names and globs. None means all tasks; the name of a task with cases means all of its cases.
   */
  readonly names?: readonly string[];
  /** The expression that a task's tags have to match. */
  readonly tags?: TagExpression | undefined;
  /**
   * Adds all dependencies, except those that only a mocked task depends on. Also adds the `when:
   * "always"` tasks that depend on any of these, directly or not, since they clean up after the
   * others; further dependencies of such a task are not added, since the task handles dependencies
   * that did not run.
   */
  readonly withDeps?: boolean;
  /** Adds all dependents, except through mocked tasks. */
  readonly dependents?: boolean;
  /** Tasks whose results are given. */
  readonly mocked?: readonly string[];
  /** Names and globs of tasks to exclude; takes precedence over all other criteria. */
  readonly exclude?: readonly string[];
  /** Whether the dependents of a skipped task are skipped; true by default. */
  readonly skipDependents?: boolean;
}

/**
 * Selects tasks of a graph.
 *
 * @throws {UsageError} when a name, a glob or a mock names no task.
 * @throws {NothingToRunError} when no task remains.
 */
export function selectTasks(graph: Graph, selection: Selection): Graph {
  const { names = [], tags, mocked = [], exclude = [] } = selection;
  const isMocked = toFlags(graph, mocked.map((name) => idOf(graph, name, "mock")));
  const isExcluded = toFlags(graph, exclude.flatMap((name) => resolveName(graph, name, "exclude")));
  const named = names.length === 0
    ? taskIds(graph)
    : [...new Set(names.flatMap((name) => resolveName(graph, name, "run")))];
  const seeds = tags ? named.filter((id) => matchesTags(tags, tagsOf(graph, id))) : named;
  if (seeds.length === 0) throw new NothingToRunError(noSeedReason(graph, selection));
  const isWanted = expandSelection(graph, seeds, isMocked, selection);
  const isUnneeded = toFlags(graph, unneeded(graph, selection));
  if (selection.withDeps) {
    addAlways(graph, isWanted, isMocked, (id) => !isExcluded[id] && !isUnneeded[id]);
  }
  const runs = (id: number) => isWanted[id] && !isMocked[id] && !isExcluded[id] && !isUnneeded[id];
  const used = usedBy(graph, taskIds(graph).filter(runs), (id) => !isMocked[id]);
  const actions = Uint8Array.from(isWanted, (_, id) => {
    if (isMocked[id]) return NodeAction.MOCKED;
    const isKept = isTask(graph.tasks[id]!) ? runs(id) : used.has(id);
    return isKept ? NodeAction.KEEP : NodeAction.REMOVE;
  });
  if (actions.every((action) => action === NodeAction.KEEP)) return graph;
  const specs = withoutUnused(graph, contractGraph(graph, actions));
  if (specs.length === 0) {
    const mockedAll = isWanted.every((wanted, id) => !wanted || isMocked[id]);
    const mockedAny = isWanted.some((wanted, id) => wanted && isMocked[id]);
    const why = mockedAll ? "mocked" : mockedAny ? "mocked or excluded" : "excluded";
    throw new NothingToRunError(`Nothing to run: ${subject(selection)} is ${why}`);
  }
  return Graph.from(specs);
}

/** Notes on `when: "failed"` tasks that cannot run, since their dependencies are mocked. */
export function idleFailureNotes(graph: Graph, selection: Selection): string[] {
  return unneeded(graph, selection).map((id) =>
    `${graph.names[id]} does not run: its dependencies are mocked, so none has failed`
  );
}

/**
 * Returns the graph of some tasks, with the resources among them, in the order of the whole graph.
 *
 * @param ids The ids of the tasks and resources.
 */
export function subgraph(graph: Graph, ids: readonly number[]): Graph {
  if (ids.length === graph.size) return graph;
  const actions = new Uint8Array(graph.size).fill(NodeAction.REMOVE);
  for (const id of ids) actions[id] = NodeAction.KEEP;
  return Graph.from(withoutUnused(graph, contractGraph(graph, actions)));
}

/**
 * Dependencies of selected tasks that are not selected, and would be with `withDeps`.
 *
 * @param selected The graph of the selected tasks.
 */
export function unselectedDependencies(
  graph: Graph,
  selected: Graph,
  selection: Selection,
): NamedTask[] {
  const { names = [], tags, withDeps = false, mocked = [], exclude = [] } = selection;
  if (withDeps || (names.length === 0 && tags === undefined)) return [];
  const isOut = toFlags(graph, [
    ...mocked.map((name) => graph.idOf(name)!),
    ...exclude.flatMap((name) => resolveName(graph, name, "exclude")),
    ...unneeded(graph, selection),
  ]);
  for (const name of selected.names) isOut[graph.idOf(name)!] = 1;
  for (const [id, task] of graph.tasks.entries()) if (!isTask(task)) isOut[id] = 1;
  const found = new Set<number>();
  for (const name of selected.names) {
    for (const id of graph.dependenciesOf(graph.idOf(name)!)) if (!isOut[id]) found.add(id);
  }
  return [...found].sort((a, b) => a - b).map((id) => {
    const { name, caseOf } = graph.tasks[id]!;
    return caseOf === undefined ? { name } : { name, caseOf };
  });
}

/**
 * The ids of `when: "failed"` tasks that cannot run. Named tasks run in any case. Without mocks the
 * graph is not traversed.
 */
function unneeded(graph: Graph, selection: Selection): number[] {
  const { names = [], mocked = [], skipDependents = true } = selection;
  if (names.length > 0 || mocked.length === 0) return [];
  const isMocked = toFlags(graph, mocked.map((name) => graph.idOf(name)!));
  return idleFailureTasks(graph, isMocked, skipDependents);
}

/**
 * Notes on tags of an expression that no task has: such an expression is valid, but usually a typo.
 */
export function unknownTagNotes(graph: Graph, tags: TagExpression): string[] {
  const known = knownTags(graph);
  return tagsIn(tags).filter((tag) => !known.includes(tag))
    .map((tag) =>
      `no task has the tag "${tag}"${negationHint(tag, known) ?? didYouMean(tag, known)}`
    );
}

/**
 * Returns the names of the tasks that a name or a glob stands for; the name of a task with cases
 * stands for all of them.
 *
 * @param verb What is done with the tasks, for the message.
 * @throws {UsageError} when there is no such task.
 */
export function tasksNamed(graph: Graph, name: string, verb: "explain"): string[] {
  return resolveName(graph, name, verb).map((id) => graph.names[id]!);
}

/** Returns the seeds and all tasks reachable from them in the requested directions. */
function expandSelection(
  graph: Graph,
  seeds: readonly number[],
  isMocked: Uint8Array,
  { withDeps = false, dependents = false }: Selection,
): Uint8Array {
  const wanted = toFlags(graph, seeds);
  const add = (rows: Adjacency, from: readonly number[]) => {
    for (const id of reachable(graph, rows, from, isMocked)) wanted[id] = 1;
  };
  if (withDeps) add(graph.dependencies, seeds.filter((id) => !isMocked[id]));
  // A mocked seed is expanded: the user asks for the tasks that use the given result.
  if (dependents) add(graph.dependents, seeds);
  return wanted;
}

/** Adds the `when: "always"` tasks that depend on a selected task which runs. */
function addAlways(
  graph: Graph,
  wanted: Uint8Array,
  isMocked: Uint8Array,
  mayRun: (id: number) => boolean,
): void {
  const running = taskIds(graph).filter((id) => wanted[id] && !isMocked[id] && mayRun(id));
  for (const id of reachable(graph, graph.dependents, running, isMocked)) {
    if (graph.tasks[id]!.policy?.when === "always") wanted[id] = 1;
  }
}

/** Returns the tasks reachable along one direction, not through mocked tasks. */
function reachable(
  graph: Graph,
  rows: Adjacency,
  from: readonly number[],
  isMocked: Uint8Array,
): number[] {
  const seen = toFlags(graph, from);
  const open = [...from];
  const found: number[] = [];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    for (const other of neighbors(rows, id)) {
      if (seen[other] || isMocked[other]) continue;
      seen[other] = 1;
      found.push(other);
      open.push(other);
    }
  }
  return found;
}

function toFlags(graph: Graph, ids: readonly number[]): Uint8Array {
  const marked = new Uint8Array(graph.size);
  for (const id of ids) marked[id] = 1;
  return marked;
}

/**
 * Resolves a name to the task of exactly this name, else to its cases, else to the tasks that match
 * the glob.
 */
function resolveName(graph: Graph, name: string, verb: string): number[] {
  const exact = graph.idOf(name);
  if (exact !== undefined && isTask(graph.tasks[exact]!)) return [exact];
  if (exact !== undefined) {
    const fix = verb === "explain"
      ? "name the task that uses it"
      : `${verb} these, or mock it: --result-${name}=…`;
    throw new UsageError(
      `Cannot ${verb} "${name}": it is a resource, which follows the tasks that use it; ${fix}`,
    );
  }
  const isMeant = isGlob(name)
    ? (id: number) => matchesGlob(name, graph.names[id]!)
    : (id: number) => graph.tasks[id]!.caseOf === name;
  const ids = taskIds(graph).filter(isMeant);
  if (ids.length > 0) return ids;
  if (!isGlob(name)) return [idOf(graph, name, verb)];
  throw new UsageError(`Cannot ${verb} "${name}": no task of the module matches`);
}

function idOf(graph: Graph, name: string, verb: string): number {
  const id = graph.idOf(name);
  if (id !== undefined) return id;
  const why = `the module has no such task${
    casesHint(graph, name) ?? didYouMean(name, selectableNames(graph))
  }`;
  throw new UsageError(`Cannot ${verb} "${name}": ${why}`);
}

/** The names of tasks, and of tasks with cases. */
function selectableNames({ names, tasks }: Graph): string[] {
  return [...names, ...new Set(tasks.flatMap(({ caseOf }) => caseOf ?? []))];
}

/** A hint for the name of a task with cases, which has no single result. */
function casesHint(graph: Graph, name: string): string | undefined {
  const cases = graph.names.filter((_, id) => graph.tasks[id]!.caseOf === name);
  return cases.length === 0
    ? undefined
    : `, but there are its cases ${quoteList(cases, CASES_MAX)}`;
}

const CASES_MAX = 3;

/** A hint for `!slow` or `-slow`, the negations of other tools. */
function negationHint(tag: string, known: readonly string[]): string | undefined {
  const rest = tag.slice(1);
  return /^[!-]/.test(tag) && known.includes(rest) ? `; did you mean "not ${rest}"?` : undefined;
}

/** The ids of the tasks: all nodes but the resources. */
function taskIds(graph: Graph): number[] {
  return [...graph.tasks.keys()].filter((id) => isTask(graph.tasks[id]!));
}

/** The tags of a task, and those of the resources that it uses. */
function tagsOf(graph: Graph, id: number): readonly string[] {
  const { tags, use } = graph.tasks[id]!;
  if (use === undefined) return tags;
  return [...tags, ...[...usedBy(graph, [id])].flatMap((it) => graph.tasks[it]!.tags)];
}

/**
 * Removes the order between a set-up and tasks that do not use the resource, which contraction
 * inherits from removed users, and the names of mocked resources.
 */
function withoutUnused(graph: Graph, specs: readonly TaskSpec[]): TaskSpec[] {
  if (graph.tasks.every(isTask)) return [...specs];
  const kept = new Set(specs.map(({ name }) => name));
  return specs.map(({ use: all, ...spec }) => {
    const use = all?.filter((name) => kept.has(name)) ?? [];
    const isUsed = (name: string) => isTask(graph.tasks[graph.idOf(name)!]!) || use.includes(name);
    const after = spec.after.filter(isUsed);
    return use.length === 0 ? { ...spec, after } : { ...spec, after, use };
  });
}

function knownTags(graph: Graph): string[] {
  return [...new Set(graph.tasks.flatMap((task) => task.tags))].sort();
}

function noSeedReason(graph: Graph, { names = [], tags }: Selection): string {
  if (!tags) return "Nothing to run: there are no tasks";
  const known = knownTags(graph);
  const meant = tagsIn(tags).flatMap((tag) => negationHint(tag, known) ?? [])[0] ?? "";
  const list = known.length === 0
    ? "no task has a tag"
    : `the tags are ${quoteList(known)}${meant}`;
  if (names.length === 0) return `Nothing to run: no task ${criterion(tags)}; ${list}`;
  if (names.length > 1 || isGlob(names[0]!)) {
    return `Nothing to run: none of the tasks ${quoteList(names)} ${criterion(tags)}`;
  }
  return `Nothing to run: "${names[0]}" does not ${criterion(tags, "have", "match")}`;
}

/** Describes the tag criterion as part of a sentence. */
function criterion(tags: TagExpression, has = "has", matches = "matches"): string {
  const { root, text } = tags;
  if (root.type === "tag") return `${has} the tag "${root.tag}"`;
  if (root.type === "and" && root.of.every((it) => it.type === "tag")) {
    return `${has} all the tags ${quoteList(tagsIn(tags))}`;
  }
  return `${matches} the tags "${text}"`;
}

function subject({ names = [], tags, withDeps, dependents }: Selection): string {
  if (withDeps || dependents) return "every selected task";
  if (names.length === 1 && !isGlob(names[0]!)) return `"${names[0]}"`;
  if (names.length > 0) return `every task of ${quoteList(names)}`;
  return tags ? `every task that ${criterion(tags)}` : "every task";
}

/**
 * Finds the `when: "failed"` tasks whose dependencies are all mocked, or are such tasks, and the
 * dependents that are skipped with them. A mocked task counts as passed.
 *
 * @param isMocked Flags by task id.
 * @param skipsDependents Whether the dependents of a skipped task are skipped.
 * @returns Their ids.
 */
function idleFailureTasks(
  graph: Graph,
  isMocked: Uint8Array,
  skipsDependents: boolean,
): number[] {
  const isUnneeded = new Uint8Array(graph.size);
  const found: number[] = [];
  for (const id of topologicalOrder(graph)) {
    const when = graph.tasks[id]!.policy?.when ?? "passed";
    if (isMocked[id] || when === "always") continue;
    const before = graph.dependenciesOf(id).filter((it) => isTask(graph.tasks[it]!));
    const isSkipped = when === "passed"
      ? skipsDependents && before.some((dependency) => isUnneeded[dependency])
      : before.length > 0 && before.every((it) => isMocked[it] || isUnneeded[it]);
    if (!isSkipped) continue;
    isUnneeded[id] = 1;
    found.push(id);
  }
  return found.sort((a, b) => a - b);
}
