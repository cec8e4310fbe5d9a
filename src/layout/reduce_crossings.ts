/**
 * Crossing reduction of a layered graph: sweeps that sort each layer by the barycenters of its
 * nodes' neighbors (Sugiyama), and exchanges of adjacent nodes (the transpose step of Gansner et
 * al., "A Technique for Drawing Directed Graphs"). The best order found is kept.
 */
import type { LayeredGraph } from "./insert_bends.ts";

/** Maximum number of sweeps in both directions, and of those in a row without an improvement. */
const SWEEPS_MAX = 24;
const FRUITLESS_MAX = 4;
/**
 * Maximum number of orders from which the search starts, and of the nodes and lines of all of them.
 * The best of 20 has a fifth fewer crossings than the best of two, and takes 30 ms for 200 tasks.
 */
const STARTS_MAX = 20;
const STARTS_WORK_MAX = 20_000;
/** Maximum number of passes over all layers that exchange adjacent nodes. */
const EXCHANGE_PASSES_MAX = 8;

/**
 * Orders the nodes of each layer with few crossings. The result depends only on the graph.
 *
 * @returns The layers, in order.
 */
export function reduceCrossings(graph: LayeredGraph): number[][] {
  const depthFirst = depthFirstOrder(graph);
  let best = new LayerOrder(graph, depthFirst.map((layer) => [...layer])).improve();
  const lines = graph.before.reduce((sum, nodes) => sum + nodes.length, 0);
  const starts = Math.min(STARTS_MAX, Math.floor(STARTS_WORK_MAX / (graph.before.length + lines)));
  for (let start = 1; start < Math.max(2, starts) && best.crossings > 0; start++) {
    const order = start === 1
      ? graph.layers.map((layer) => [...layer])
      : depthFirst.map((layer) => shuffle(layer, start));
    const found = new LayerOrder(graph, order).improve();
    if (found.crossings < best.crossings) best = found;
  }
  return best.layers;
}

/** Shuffles a layer, always in the same way. */
function shuffle(layer: readonly number[], seed: number): number[] {
  const key = (node: number) => Math.imul(node + 1, 0x9e3779b1 * seed) >>> 0;
  return layer.toSorted((a, b) => key(a) - key(b));
}

/** The order in which a depth-first search from the first layer meets the nodes. */
function depthFirstOrder({ layers, before, next }: LayeredGraph): number[][] {
  const levelOf = new Int32Array(before.length);
  for (const [level, layer] of layers.entries()) for (const node of layer) levelOf[node] = level;
  const isMet = new Uint8Array(before.length);
  const order: number[][] = layers.map(() => []);
  const open = (layers[0] ?? []).toReversed();
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (isMet[node]) continue;
    isMet[node] = 1;
    order[levelOf[node]!]!.push(node);
    for (const it of next[node]!.toReversed()) if (!isMet[it]) open.push(it);
  }
  return order;
}

/** An order of the nodes that is improved in place. */
class LayerOrder {
  layers: number[][];
  crossings: number;
  readonly #before: readonly (readonly number[])[];
  readonly #next: readonly (readonly number[])[];
  /** The index of each node in its layer. */
  readonly #place: Int32Array;
  /** The length of the layer of each node. */
  readonly #lengths: Int32Array;
  readonly #wanted: Float64Array;

  constructor({ before, next }: LayeredGraph, layers: number[][]) {
    this.layers = layers;
    this.#before = before;
    this.#next = next;
    this.#place = new Int32Array(before.length);
    this.#wanted = new Float64Array(before.length);
    this.#lengths = new Int32Array(before.length);
    for (const layer of layers) {
      for (const node of layer) this.#lengths[node] = layer.length;
      this.#settle(layer);
    }
    this.crossings = this.#count();
  }

  /** Improves the order until sweeps and exchanges no longer help. */
  improve(): this {
    let best = this.layers.map((layer) => [...layer]);
    let fruitless = 0;
    for (let sweep = 0; sweep < SWEEPS_MAX && this.crossings > 0; sweep++) {
      this.#sweep(sweep);
      this.#exchange(1);
      const crossings = this.#count();
      if (crossings < this.crossings) {
        this.crossings = crossings;
        best = this.layers.map((layer) => [...layer]);
        fruitless = 0;
      } else if (++fruitless > FRUITLESS_MAX) break;
    }
    this.layers = best;
    for (const layer of best) this.#settle(layer);
    this.#exchange(EXCHANGE_PASSES_MAX);
    this.crossings = this.#count();
    return this;
  }

  #settle(layer: readonly number[]): void {
    for (let i = 0; i < layer.length; i++) this.#place[layer[i]!] = i;
  }

  #count(): number {
    let sum = 0;
    // Lines without bends may start in any layer.
    const width = this.layers.reduce((most, { length }) => Math.max(most, length), 0);
    for (const layer of this.layers) sum += countCrossings(layer, this.#before, this.#place, width);
    return sum;
  }

  /** Sorts all layers: by their predecessors from the first on, or by their successors back. */
  #sweep(sweep: number): void {
    const isForward = sweep % 2 === 0;
    const neighbors = isForward ? this.#before : this.#next;
    const last = this.layers.length - 1;
    for (let i = 1; i <= last; i++) {
      const level = isForward ? i : last - i;
      const layer = this.layers[level]!;
      this.#sort(layer, neighbors, sweep % 4 >= 2);
    }
  }

  /** @param isReversed Whether nodes with the same barycenter exchange their order. */
  #sort(
    layer: number[],
    neighbors: readonly (readonly number[])[],
    isReversed: boolean,
  ): void {
    const [place, wanted] = [this.#place, this.#wanted];
    // Places are relative, so that layers of different lengths are comparable.
    const relative = (node: number) => (place[node]! + 0.5) / this.#lengths[node]!;
    for (const node of layer) {
      let sum = 0;
      for (const it of neighbors[node]!) sum += relative(it);
      wanted[node] = neighbors[node]!.length > 0 ? sum / neighbors[node]!.length : relative(node);
    }
    const tie = isReversed ? -1 : 1;
    layer.sort((a, b) => wanted[a]! - wanted[b]! || tie * (place[a]! - place[b]!));
    this.#settle(layer);
  }

  /** Exchanges adjacent nodes wherever that removes crossings. */
  #exchange(passesMax: number): void {
    for (let pass = 0; pass < passesMax; pass++) {
      let isChanged = false;
      for (const layer of this.layers) {
        for (let i = 1; i < layer.length; i++) {
          const [a, b] = [layer[i - 1]!, layer[i]!];
          if (this.#gain(a, b) <= 0) continue;
          [layer[i - 1], layer[i]] = [b, a];
          [this.#place[a], this.#place[b]] = [i, i - 1];
          isChanged = true;
        }
      }
      if (!isChanged) return;
    }
  }

  /** Number of crossings that disappear when two adjacent nodes are exchanged. */
  #gain(a: number, b: number): number {
    return this.#inversions(this.#before[a]!, this.#before[b]!) +
      this.#inversions(this.#next[a]!, this.#next[b]!);
  }

  /** Number of pairs with a node of `left` behind one of `right`, less that of the others. */
  #inversions(left: readonly number[], right: readonly number[]): number {
    const place = this.#place;
    let sum = 0;
    for (const one of left) {
      for (const other of right) sum += Math.sign(place[one]! - place[other]!);
    }
    return sum;
  }
}

/**
 * Counts the crossings of the lines between two neighboring layers, in O(lines * log(nodes)), by
 * the accumulator tree of Barth, Jünger and Mutzel.
 *
 * @param layer The second layer, in order.
 * @param before The predecessors of each node.
 * @param place The index of each node in its layer.
 * @param width Maximum number of nodes of a layer where lines start.
 */
export function countCrossings(
  layer: readonly number[],
  before: readonly (readonly number[])[],
  place: ArrayLike<number>,
  width: number,
): number {
  /** A Fenwick tree of the number of lines seen so far, by the place where they start. */
  const tree = new Int32Array(width + 1);
  let seen = 0;
  let crossings = 0;
  for (const node of layer) {
    const places = before[node]!;
    // The lines of one node do not cross each other: count all of them, then add them.
    for (const it of places) {
      let notAfter = 0;
      for (let i = place[it]! + 1; i > 0; i -= i & -i) notAfter += tree[i]!;
      crossings += seen - notAfter;
    }
    for (const it of places) {
      for (let i = place[it]! + 1; i <= width; i += i & -i) tree[i]!++;
    }
    seen += places.length;
  }
  return crossings;
}
