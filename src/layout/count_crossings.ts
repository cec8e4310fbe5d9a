/**
 * Number of line crossings of a layered graph, by the accumulator tree of Barth, Jünger and Mutzel:
 * O(lines * log(nodes)) for two neighbouring layers.
 */

/**
 * Counts the crossings of the lines between two neighbouring layers.
 *
 * @param layer The second layer, in order.
 * @param before The predecessors of each node.
 * @param place The index of each node in its layer.
 * @param width Number of nodes of the first layer.
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
