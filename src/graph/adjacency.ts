/**
 * Adjacency lists in compressed sparse row format (CSR): the edges of 100,000 tasks are two arrays
 * per direction.
 */

/**
 * The neighbors of each task, in compressed sparse row format (CSR): those of the task `id` are
 * `list.subarray(start[id], start[id + 1])`.
 */
export interface Adjacency {
  /**
   * The index in `list` at which each task's neighbors start, and the length of `list` as the last
   * element.
   */
  readonly start: Int32Array;
  /** The neighbors of all tasks, one task after another. */
  readonly list: Int32Array;
}

/** Returns the neighbors of a task. */
export function neighbors({ start, list }: Adjacency, id: number): Int32Array {
  return list.subarray(start[id]!, start[id + 1]!);
}

/**
 * Returns the neighbors of all tasks as arrays. They are copied by index: creating 100,000 views
 * with {@linkcode neighbors} would take most of the time.
 */
export function neighborLists({ start, list }: Adjacency): number[][] {
  const lists: number[][] = [];
  for (let id = 0; id < start.length - 1; id++) {
    const neighbors: number[] = [];
    for (let i = start[id]!; i < start[id + 1]!; i++) neighbors.push(list[i]!);
    lists.push(neighbors);
  }
  return lists;
}

/**
 * Inverts the direction of all edges. Filling in id order keeps each list of neighbors in id order.
 */
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
