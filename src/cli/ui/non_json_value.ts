/** What JSON cannot hold: the page would show something else for it, and run with that. */

/**
 * Says what it is and where in a state, if there is something: YAML has dates, bytes, infinity, and objects
 * that are in themselves.
 */
export function findNonJsonValue(state: unknown): string | undefined {
  return search(state, "state", { ancestors: new Set(), seen: new Set() });
}

interface SearchState {
  readonly ancestors: Set<object>;
  /** Without anything of the kind. What is in many places is looked at once. */
  readonly seen: Set<object>;
}

function search(value: unknown, path: string, state: SearchState): string | undefined {
  if (typeof value === "number" && !Number.isFinite(value)) return `${path} is ${value}`;
  if (typeof value !== "object" || value === null || state.seen.has(value)) return undefined;
  if (state.ancestors.has(value)) return `${path} is an object that it is in`;
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
