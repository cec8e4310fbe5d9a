/** Helpers of the tests of the state: several replicas on one thread, and states compared. */

import { SharedState, snapshot, type StateHandle } from "../../src/state/shared_state.ts";
import type { State } from "../../src/task/context.ts";

/** Joins other replicas to the state: as threads do, unless a test replaces it. */
export const joining: {
  join: (shared: SharedState, handle: StateHandle, largeItems?: number) => SharedState;
} = {
  join: (_, handle, largeItems) => SharedState.join(handle, { mayBlock: false, largeItems }),
};

/** A state with `others` more threads, all on this one. Small, so that the log is soon full. */
export function replicas(others = 1, initialBytes = 32 * 1024, maxBytes = 1 << 28) {
  const shared = SharedState.create({ initialBytes, maxBytes });
  const handles = Array.from({ length: others }, (_, index) => shared.invite(`thread_${index}`));
  const joined = handles.map((handle) => joining.join(shared, handle));
  return { shared, handles, joined, root: shared.root, roots: joined.map(({ root }) => root) };
}

/** Writes until `count` more snapshots have replaced the log. */
export function forceSnapshots(shared: SharedState, count = 1): void {
  const goal = shared.bytes.snapshots + count;
  while (shared.bytes.snapshots < goal) shared.root.filler = "x".repeat(2000);
  delete shared.root.filler;
}

/** A text that is the same for two states exactly if they are equal, identity included. */
export function digest(state: State): string {
  const seen = new Map<object, number>();
  const describe = (value: unknown): string => {
    if (typeof value !== "object" || value === null) return primitive(value);
    const known = seen.get(value);
    if (known !== undefined) return `#${known}`;
    seen.set(value, seen.size);
    if (Array.isArray(value)) {
      return `[${Array.from(value, (item, i) => i in value ? describe(item) : "-").join()}]`;
    }
    if (value instanceof Map) {
      return `M(${[...value].map(([k, v]) => `${describe(k)}=>${describe(v)}`).join()})`;
    }
    if (value instanceof Set) return `S(${[...value].map(describe).join()})`;
    if (value instanceof Date) return `D${value.getTime()}`;
    return `{${Object.entries(value).map(([k, v]) => `${k}:${describe(v)}`).join()}}`;
  };
  return describe(snapshot(state));
}

function primitive(value: unknown): string {
  if (Object.is(value, -0)) return "-0";
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}
