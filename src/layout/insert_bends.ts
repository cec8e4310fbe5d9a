/**
 * Dummy nodes of a layered graph (Sugiyama): a line that spans layers has a bend in each of them,
 * so that it runs between the boxes. The lines from one task share their bends until they fork,
 * which saves most of the bends and of the crossings.
 */
import { invertEdges, type TaskEdges } from "./levels.ts";

/** A graph in layers. Nodes are tasks by id, followed by bends. */
export interface LayeredGraph {
  readonly taskCount: number;
  /** The nodes of each layer, in the order of their numbers. */
  readonly layers: readonly (readonly number[])[];
  /** The predecessors of each node, in the layer before; a bend has one. */
  readonly before: readonly (readonly number[])[];
  /** The successors of each node: the inverse of `before`. */
  readonly next: readonly (readonly number[])[];
  /** The task at which the lines of each node start; for a task, itself. */
  readonly origins: readonly number[];
}

/**
 * Inserts the bends of all lines that span layers.
 *
 * @param levels The layer of each task.
 * @param bendsMax Maximum number of bends; with more, lines run straight through the layers.
 */
export function insertBends(
  tasks: readonly TaskEdges[],
  levels: ArrayLike<number>,
  bendsMax: number,
): LayeredGraph {
  const levelOf = Array.from(levels);
  const origins = tasks.map((_, task) => task);
  /** The last layer in which each task has a bend, or its own layer. */
  const reach = tasks.map((_, task) => levelOf[task]!);
  for (const [task, { after }] of tasks.entries()) {
    for (const it of after) reach[it] = Math.max(reach[it]!, levelOf[task]! - 1);
  }
  const bendCount = reach.reduce((sum, last, task) => sum + last - levelOf[task]!, 0);
  const isBent = bendCount <= bendsMax;
  const before: number[][] = tasks.map(({ after }) => isBent ? [] : [...after]);
  if (isBent) {
    /** The nodes of each task's line: in its own layer, in the next, and so on. */
    const trunks = tasks.map((_, task) => [task]);
    for (const [task, trunk] of trunks.entries()) {
      for (let level = levelOf[task]! + 1; level <= reach[task]!; level++) {
        before.push([trunk.at(-1)!]);
        origins.push(task);
        trunk.push(levelOf.push(level) - 1);
      }
    }
    for (const [task, { after }] of tasks.entries()) {
      before[task] = after.map((it) => trunks[it]![levelOf[task]! - 1 - levelOf[it]!]!);
    }
  }
  const layers: number[][] = [];
  for (const [node, level] of levelOf.entries()) (layers[level] ??= []).push(node);
  return { taskCount: tasks.length, layers, before, next: invertEdges(before), origins };
}
