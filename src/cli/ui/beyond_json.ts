/** What JSON cannot hold: the page would show something else for it, and run with that. */

/**
 * Says what it is and where, if there is something: YAML has dates, bytes, infinity, and objects that are
 * in themselves.
 *
 * @param path What the value is called.
 */
export function beyondJson(value: unknown, path: string): string | undefined {
  return search(value, path, { above: new Set(), seen: new Set() });
}

interface Way {
  readonly above: Set<object>;
  /** Without anything of the kind. What is in many places is looked at once. */
  readonly seen: Set<object>;
}

function search(value: unknown, path: string, way: Way): string | undefined {
  if (typeof value === "number" && !Number.isFinite(value)) return `${path} is ${value}`;
  if (typeof value !== "object" || value === null || way.seen.has(value)) return undefined;
  if (way.above.has(value)) return `${path} is an object that it is in`;
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== null && prototype !== Object.prototype && !Array.isArray(value)) {
    return `${path} is a ${prototype.constructor.name}`;
  }
  way.above.add(value);
  for (const [key, inner] of Object.entries(value)) {
    const found = search(inner, `${path}.${key}`, way);
    if (found !== undefined) return found;
  }
  way.above.delete(value);
  way.seen.add(value);
  return undefined;
}
