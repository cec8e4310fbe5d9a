/**
 * JSON of plain data for both ends of a wire, unaffected by tasks that have replaced the language's
 * own functions, and by libraries that have extended all objects or arrays.
 */
const { parse, stringify } = JSON;
const { defineProperty, deleteProperty, getOwnPropertyDescriptor } = Reflect;
const HOLDERS = [Object.prototype, Array.prototype] as const;

/** Parses JSON. */
export const parsePlain: (text: string) => unknown = parse;

/** Formats a value. A `toJSON` of all objects or all arrays is removed meanwhile. */
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
