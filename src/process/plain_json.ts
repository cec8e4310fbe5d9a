/**
 * JSON of plain data, as the two ends of a wire need it: whatever a task has put in the place of the
 * language's own functions, and whatever a library has given to all objects or arrays.
 */
const { parse, stringify } = JSON;
const { defineProperty, deleteProperty, getOwnPropertyDescriptor } = Reflect;
const HOLDERS = [Object.prototype, Array.prototype] as const;

/** Reads it. */
export const parsePlain: (text: string) => unknown = parse;

/** Writes it. A `toJSON` that all objects have, or all arrays, is not there meanwhile. */
export function plainJson(value: unknown): string {
  const [ofObjects, ofArrays] = HOLDERS;
  const objects = take(ofObjects);
  const arrays = take(ofArrays);
  try {
    return stringify(value);
  } finally {
    if (objects) defineProperty(ofObjects, "toJSON", objects);
    if (arrays) defineProperty(ofArrays, "toJSON", arrays);
  }
}

function take(holder: object): PropertyDescriptor | undefined {
  const found = getOwnPropertyDescriptor(holder, "toJSON");
  if (found) deleteProperty(holder, "toJSON");
  return found;
}
