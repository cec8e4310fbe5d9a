/** What the state of a scheduler holds at first. */
import type { SharedState } from "../state/shared_state.ts";
import { rejectSymbols } from "../state/replica/value_encoder.ts";

/** See the head of this file. Results are written by the library alone, so they go another way. */
export function seedState(state: SharedState, initial: object): void {
  const { results = {}, ...rest } = initial as Readonly<Record<string, unknown>>;
  rejectSymbols(initial, () => "state");
  rejectSymbols(results as object, () => "state.results");
  state.fill(Object.entries(rest));
  for (const [name, result] of Object.entries(results as object)) state.setResult(name, result);
}
