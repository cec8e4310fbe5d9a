/** Edges in compressed rows: those of 100,000 tasks are two arrays for each direction. */

/** For each task a row of others: `list[start[id] .. start[id + 1]]`. */
export interface Adjacency {
  /** Where each row begins, and one more for the end of the last. */
  readonly start: Int32Array;
  /** The rows one after another. */
  readonly list: Int32Array;
}

/** One task's row. */
export function neighbors({ start, list }: Adjacency, id: number): Int32Array {
  return list.subarray(start[id]!, start[id + 1]!);
}

/** Turns "comes after" into "comes before". Filling in id order keeps each row in id order. */
export function transpose(rows: Adjacency): Adjacency {
  const size = rows.start.length - 1;
  const start = new Int32Array(size + 1);
  for (const target of rows.list) start[target + 1]!++;
  for (let id = 0; id < size; id++) start[id + 1]! += start[id]!;
  const next = start.slice();
  const list = new Int32Array(rows.list.length);
  for (let id = 0; id < size; id++) {
    for (let i = rows.start[id]!; i < rows.start[id + 1]!; i++) list[next[rows.list[i]!]!++] = id;
  }
  return { start, list };
}
