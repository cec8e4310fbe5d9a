/** A key of the state that is being typed, with its value. */
import { signal } from "@preact/signals";
import { keyError, parseValue, withRow } from "../model/state_rows.ts";
import { problem, stateRows } from "../model/store.ts";

export const newKey = signal("");
export const newValue = signal("");
/** Why it could not be added. */
export const keyProblem = signal("");

/** Adds it. Returns whether it could be. */
export function addKey(): boolean {
  const key = newKey.value.trim();
  problem.value = "";
  keyProblem.value = keyError(key) ?? "";
  if (keyProblem.value !== "") return false;
  const value = parseValue(newValue.value);
  stateRows.value = withRow(stateRows.value, { key, value, source: "user" });
  newKey.value = newValue.value = "";
  return true;
}
