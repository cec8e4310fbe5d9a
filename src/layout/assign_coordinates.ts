/**
 * Coordinate assignment of a layered graph, across the layers. Each layer is placed near its
 * neighbors with the least squares of the distances (isotonic regression by the pool adjacent
 * violators algorithm), in alternating sweeps; then lines are straightened where there is space.
 * No layer extends beyond the longest one, so the picture is as small as its order of nodes allows.
 */
import type { LayeredGraph } from "./insert_bends.ts";

/** The size of the nodes across the layers, and the gaps between them. */
export interface AcrossSizes {
  /** By node; bends have a size too. */
  readonly size: (node: number) => number;
  /** The gap between two boxes. */
  readonly boxGap: number;
  /** The gap between a line and a box or another line. */
  readonly lineGap: number;
}

const SWEEPS = 8;
/**
 * Weights of lines between two tasks, a task and a bend, and two bends: long lines should be
 * straight (the factors of Gansner et al.).
 */
const WEIGHTS = [1, 2, 8] as const;
/** Weight of a node without lines in the direction of a sweep: it yields to others. */
const WEIGHT_MIN = 0.01;

/**
 * Computes the center of each node, from 0.
 *
 * @param layers The nodes of each layer, in order.
 */
export function assignCoordinates(
  graph: LayeredGraph,
  layers: readonly (readonly number[])[],
  sizes: AcrossSizes,
): Float64Array {
  const { before, next, taskCount } = graph;
  const at = new Float64Array(before.length);
  const placed = layers.map((layer) => new LayerPlacement(layer, taskCount, sizes));
  const extent = placed.reduce((most, { length }) => Math.max(most, length), 0);
  for (const it of placed) it.center(at, extent);
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const isForward = sweep % 2 === 0;
    // The last sweeps look both ways, which removes the bias of the direction.
    const isLate = sweep >= SWEEPS - 4;
    const neighbors = isForward ? [before] : [next];
    if (isLate) neighbors.push(isForward ? next : before);
    for (const it of isForward ? placed : placed.toReversed()) it.move(at, neighbors, extent);
  }
  straighten(graph, placed, at, extent);
  return at;
}

/** The nodes of a layer with their least distances. */
class LayerPlacement {
  readonly nodes: readonly number[];
  /** The least center of each node, if the layer starts at 0. */
  readonly offsets: Float64Array;
  /** The least length of the layer. */
  readonly length: number;
  readonly #taskCount: number;
  readonly #lastHalf: number;

  constructor(nodes: readonly number[], taskCount: number, sizes: AcrossSizes) {
    const { size, boxGap, lineGap } = sizes;
    this.nodes = nodes;
    this.#taskCount = taskCount;
    this.offsets = new Float64Array(nodes.length);
    for (const [i, node] of nodes.entries()) {
      const prior = nodes[i - 1];
      const gap = node < taskCount && prior! < taskCount ? boxGap : lineGap;
      this.offsets[i] = size(node) / 2 +
        (prior === undefined ? 0 : this.offsets[i - 1]! + size(prior) / 2 + gap);
    }
    this.#lastHalf = nodes.length > 0 ? size(nodes.at(-1)!) / 2 : 0;
    this.length = (this.offsets.at(-1) ?? 0) + this.#lastHalf;
  }

  /** Places the nodes in the middle, as near to each other as possible. */
  center(at: Float64Array, extent: number): void {
    const start = (extent - this.length) / 2;
    for (const [i, node] of this.nodes.entries()) at[node] = start + this.offsets[i]!;
  }

  /** Moves the nodes near the weighted means of their neighbors, within the extent. */
  move(at: Float64Array, neighbors: readonly (readonly (readonly number[])[])[], extent: number) {
    /** Blocks of nodes that touch each other: weight, sum of the wanted starts, last index. */
    const weights: number[] = [];
    const sums: number[] = [];
    const ends: number[] = [];
    for (const [i, node] of this.nodes.entries()) {
      let weight = 0;
      let sum = 0;
      for (const lists of neighbors) {
        for (const it of lists[node]!) {
          const part = WEIGHTS[Number(node >= this.#taskCount) + Number(it >= this.#taskCount)]!;
          weight += part;
          sum += part * at[it]!;
        }
      }
      if (weight === 0) sum = (weight = WEIGHT_MIN) * at[node]!;
      sum -= weight * this.offsets[i]!;
      while (weights.length > 0 && sums.at(-1)! / weights.at(-1)! >= sum / weight) {
        weight += weights.pop()!;
        sum += sums.pop()!;
        ends.pop();
      }
      weights.push(weight);
      sums.push(sum);
      ends.push(i);
    }
    let i = 0;
    for (const [block, end] of ends.entries()) {
      const wanted = sums[block]! / weights[block]!;
      const start = Math.min(extent - this.length, Math.max(0, wanted));
      for (; i <= end; i++) at[this.nodes[i]!] = start + this.offsets[i]!;
    }
  }

  /** The range of positions of a node between its neighbors in the layer. */
  range(i: number, at: Float64Array, extent: number): readonly [from: number, to: number] {
    const { nodes, offsets } = this;
    const step = (a: number) => offsets[a + 1]! - offsets[a]!;
    const from = i === 0 ? offsets[0]! : at[nodes[i - 1]!]! + step(i - 1);
    const isLast = i === nodes.length - 1;
    return [from, isLast ? extent - this.#lastHalf : at[nodes[i + 1]!]! - step(i)];
  }
}

/**
 * Straightens lines: runs of bends, and tasks at their ends that have no other line on that side,
 * get one position if one is free in all of their layers.
 */
function straighten(
  { before, next, taskCount }: LayeredGraph,
  placed: readonly LayerPlacement[],
  at: Float64Array,
  extent: number,
): void {
  const slots = new Map<number, readonly [LayerPlacement, number]>();
  for (const it of placed) for (const [i, node] of it.nodes.entries()) slots.set(node, [it, i]);
  const range = (node: number) => {
    const [layer, i] = slots.get(node)!;
    return layer.range(i, at, extent);
  };
  /** The next node of a line: a bend, or the only task to which it leads and that has no other. */
  const follow = (node: number) =>
    next[node]!.find((it) =>
      it >= taskCount || (next[node]!.length === 1 && before[it]!.length === 1)
    );
  const isMet = new Uint8Array(before.length);
  for (const layer of placed) {
    for (const first of layer.nodes) {
      if (isMet[first]) continue;
      const run = [first];
      let [from, to] = range(first);
      for (let node = follow(first); node !== undefined && !isMet[node]; node = follow(node)) {
        const [low, high] = range(node);
        if (Math.max(from, low) > Math.min(to, high)) break;
        [from, to] = [Math.max(from, low), Math.min(to, high)];
        run.push(node);
      }
      const bends = run.filter((node) => node >= taskCount);
      const anchors = bends.length > 0 ? bends : run;
      const mean = anchors.reduce((sum, node) => sum + at[node]!, 0) / anchors.length;
      const position = Math.min(to, Math.max(from, mean));
      for (const node of run) {
        isMet[node] = 1;
        if (run.length > 1) at[node] = position;
      }
    }
  }
}
