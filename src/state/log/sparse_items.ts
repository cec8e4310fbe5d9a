/** The items of an array that may have holes, a few or billions. */

/** After this many holes the array is taken to be sparse, and its keys are listed. */
const SPARSE_HOLES = 1024;

/**
 * Calls back with each item in order, passing over holes without looking at each of them.
 *
 * @param count How long the list is taken to be: a proxy may say another length each time.
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
    // Properties that are no indexes come last, and are none of ours.
    if (String(index) !== key || index >= count) return;
    if (index > last) visit(list[last = index], index);
  }
}
