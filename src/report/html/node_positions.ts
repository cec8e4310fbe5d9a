/** How high the nodes of a laid out graph stand: near their neighbours, and never on each other. */
import { invertEdges } from "../../events/levels.ts";
import { type Layout, mean } from "./layered_layout.ts";

/** The heights of a box and of a bend, and the room between two nodes. */
export interface Sizes {
  readonly box: number;
  readonly bend: number;
  readonly gap: number;
}

const SWEEPS = 4;

/**
 * The middle of each node, from 0 downwards.
 *
 * @param tasks How many of the nodes are tasks, and have boxes.
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
 * Places a column as near as it goes to where its nodes want to be. Pushing all that is too near
 * downwards keeps them apart, pushing upwards does too, and so does the middle of both.
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
