/** What the state of a scheduler holds at first. */
import type { SharedState } from "../state/shared_state.ts";

/** See the head of this file. Results are written by the library alone, so they go another way. */
export function fillState(state: SharedState, initial: object): void {
  for (const [key, value] of Object.entries(initial)) {
    if (key === "results") {
      for (const [name, result] of Object.entries(value as object)) state.setResult(name, result);
    } else {
      state.root[key] = value;
    }
  }
}
