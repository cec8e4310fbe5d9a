/**
 * Coordinate assignment of a layered layout: nodes are placed near their neighbours, without
 * overlap.
 */
import { invertEdges } from "../../layout/levels.ts";
import { type Layout, mean } from "./layered_layout.ts";

/** The heights of boxes and bends, and the gap between two nodes. */
export interface Sizes {
  readonly box: number;
  readonly bend: number;
  readonly gap: number;
}

const SWEEPS = 4;

/**
 * Computes the vertical centre of each node, from 0 downwards.
 *
 * @param tasks Number of nodes that are tasks, which have boxes.
 */
export function assignCoordinates(
  { columns, before }: Layout,
  tasks: number,
  sizes: Sizes,
): Float64Array {
  const y = new Float64Array(before.length);
  const next = invertEdges(before);
  const half = (node: number) => (node < tasks ? sizes.box : sizes.bend) / 2;
  const apart = (a: number, b: number) => half(a) + sizes.gap + half(b);
  for (const column of columns) spread(column, column.map(() => 0), y, apart);
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    for (const column of columns) {
      spread(column, column.map((node) => mean(before[node]!, y, node)), y, apart);
    }
    for (const column of columns.toReversed()) {
      spread(column, column.map((node) => mean(next[node]!, y, node)), y, apart);
    }
  }
  const top = y.reduce((least, it, node) => Math.min(least, it - half(node)), Infinity);
  return y.map((it) => it - top);
}

/**
 * Places the nodes of a column near their desired positions. Shifting overlapping nodes down
 * separates them, shifting them up does too, and so does the mean of both.
 */
function spread(
  column: readonly number[],
  wanted: readonly number[],
  y: Float64Array,
  apart: (a: number, b: number) => number,
): void {
  const down = [...wanted];
  const up = [...wanted];
  for (let i = 1; i < column.length; i++) {
    down[i] = Math.max(down[i]!, down[i - 1]! + apart(column[i - 1]!, column[i]!));
  }
  for (let i = column.length - 2; i >= 0; i--) {
    up[i] = Math.min(up[i]!, up[i + 1]! - apart(column[i]!, column[i + 1]!));
  }
  for (const [i, node] of column.entries()) y[node] = (down[i]! + up[i]!) / 2;
}
