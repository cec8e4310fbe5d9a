/**
 * Which tasks of a module a run is about. A task left out by its tags still passes its order on:
 * of a -> mid -> c with only a and c wanted, c comes after a. A mocked task is not run and orders
 * nothing: its result is there before the run starts.
 */
import { NothingToRunError, UsageError } from "../base/errors.ts";
import { closest } from "../base/suggest.ts";
import { quoteList } from "../base/text.ts";
import type { TaskSpec } from "../task/task.ts";
import { Graph } from "./graph.ts";

/** What to run. */
export interface Selection {
  /** This task alone, without its dependencies. */
  readonly only?: string | undefined;
  /** Tasks that have all of these tags; none means every task. */
  readonly tags?: readonly string[];
  /** Tasks whose results are given. */
  readonly mocked?: readonly string[];
}

/**
 * Selects tasks of a graph.
 *
 * @throws {UsageError} when `only` or a mock names no task.
 * @throws {NothingToRunError} when no task is left.
 */
export function selectTasks(graph: Graph, selection: Selection): Graph {
  const { only, tags = [], mocked = [] } = selection;
  for (const name of mocked) requireTask(graph, name, "mock");
  if (only !== undefined) requireTask(graph, only, "run");
  const mockedSet = new Set(mocked);
  const isMocked = (spec: TaskSpec) => mockedSet.has(spec.name);
  const isWanted = (spec: TaskSpec) =>
    !isMocked(spec) && (only === undefined || spec.name === only) &&
    tags.every((tag) => spec.tags.includes(tag));
  const wanted = graph.tasks.filter(isWanted);
  if (wanted.length === 0) throw new NothingToRunError(emptyReason(graph, selection));
  if (wanted.length === graph.size) return graph;
  if (only !== undefined) return Graph.from(wanted.map((spec) => ({ ...spec, after: [] })));
  return Graph.from(reconnect(graph, isWanted, isMocked));
}

/** Gives each wanted task the wanted tasks it comes after, through the ones left out. */
function reconnect(
  graph: Graph,
  isWanted: (spec: TaskSpec) => boolean,
  isMocked: (spec: TaskSpec) => boolean,
): TaskSpec[] {
  const reach: (readonly number[])[] = [];
  const specs: TaskSpec[] = [];
  for (const id of inOrder(graph)) {
    const spec = graph.tasks[id]!;
    const before = new Set<number>();
    for (const dependency of graph.dependenciesOf(id)) {
      for (const target of reach[dependency]!) before.add(target);
    }
    if (isWanted(spec)) {
      reach[id] = [id];
      specs.push({ ...spec, after: Array.from(before, (other) => graph.tasks[other]!.name) });
    } else {
      reach[id] = isMocked(spec) ? [] : [...before];
    }
  }
  return specs;
}

/** All ids, each after its dependencies. */
function inOrder(graph: Graph): number[] {
  const waiting = graph.tasks.map((_, id) => graph.dependenciesOf(id).length);
  const order = waiting.flatMap((count, id) => count === 0 ? [id] : []);
  for (const id of order) {
    for (const dependent of graph.dependentsOf(id)) {
      if (--waiting[dependent]! === 0) order.push(dependent);
    }
  }
  return order;
}

function requireTask(graph: Graph, name: string, verb: string): void {
  if (graph.idOf(name) !== undefined) return;
  const near = closest(name, graph.tasks.map((task) => task.name));
  const hint = near === undefined ? "" : `; did you mean "${near}"?`;
  throw new UsageError(`Cannot ${verb} "${name}": the module has no such task${hint}`);
}

function emptyReason(graph: Graph, { only, tags = [], mocked = [] }: Selection): string {
  const wish = `${tags.length === 1 ? "the tag" : "all the tags"} ${quoteList(tags)}`;
  if (only !== undefined) {
    return `Nothing to run: "${only}" ${
      mocked.includes(only) ? "is mocked" : `does not have ${wish}`
    }`;
  }
  if (tags.length > 0) {
    const isTagged = graph.tasks.some((task) => tags.every((tag) => task.tags.includes(tag)));
    if (isTagged) return `Nothing to run: every task with ${wish} is mocked`;
    const known = [...new Set(graph.tasks.flatMap((task) => task.tags))].sort();
    const list = known.length === 0 ? "no task has a tag" : `the tags are ${quoteList(known)}`;
    return `Nothing to run: no task has ${wish}; ${list}`;
  }
  return `Nothing to run: ${mocked.length > 0 ? "every task is mocked" : "there are no tasks"}`;
}
