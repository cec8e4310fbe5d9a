/** Finds values that JSON cannot represent: the page would show, and run with, something else. */

/**
 * Describes the first value in a state that JSON cannot represent, and its path, if there is one:
 * YAML has dates, bytes, infinity and circular references.
 */
export function findNonJsonValue(state: unknown): string | undefined {
  return search(state, "state", { ancestors: new Set(), seen: new Set() });
}

interface SearchState {
  /** The objects that contain the current value. */
  readonly ancestors: Set<object>;
  /** Objects without such a value: an object that is referenced twice is searched once. */
  readonly seen: Set<object>;
}

function search(value: unknown, path: string, state: SearchState): string | undefined {
  if (typeof value === "number" && !Number.isFinite(value)) return `${path} is ${value}`;
  if (typeof value !== "object" || value === null || state.seen.has(value)) return undefined;
  if (state.ancestors.has(value)) return `${path} is a circular reference`;
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== null && prototype !== Object.prototype && !Array.isArray(value)) {
    return `${path} is a ${prototype.constructor.name}`;
  }
  state.ancestors.add(value);
  for (const [key, inner] of Object.entries(value)) {
    const found = search(inner, `${path}.${key}`, state);
    if (found !== undefined) return found;
  }
  state.ancestors.delete(value);
  state.seen.add(value);
  return undefined;
}
