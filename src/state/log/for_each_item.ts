/** Iteration over the items of an array that may have few or billions of holes. */

/** Number of holes after which the keys of the array are listed instead of checking every index. */
const SPARSE_HOLES = 1024;

/**
 * Visits each item in order and skips holes, without checking each hole of a sparse array.
 *
 * @param count The length to assume: a proxy may return another length each time.
 */
export function forEachItem(
  list: readonly unknown[],
  visit: (item: unknown, index: number) => void,
  count: number = list.length,
): void {
  let holes = 0;
  for (let index = 0; index < count; index++) {
    const item = list[index];
    if (item !== undefined || index in list) {
      visit(item, index);
    } else if (++holes > SPARSE_HOLES) {
      return forEachListedKey(list, index, count, visit);
    }
  }
}

function forEachListedKey(
  list: readonly unknown[],
  after: number,
  count: number,
  visit: (item: unknown, index: number) => void,
): void {
  let last = after;
  for (const key of Object.keys(list)) {
    const index = Number(key) >>> 0;
    // Properties that are not indexes come last and are left out.
    if (String(index) !== key || index >= count) return;
    if (index > last) visit(list[last = index], index);
  }
}
