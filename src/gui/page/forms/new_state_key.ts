/** The form that adds a key to the state. */
import { signal } from "@preact/signals";
import { keyError, parseValue, withRow } from "../model/state_rows.ts";
import { problem, stateRows } from "../model/store.ts";

export const newKey = signal("");
export const newValue = signal("");
/** The error of the last attempt to add the key. */
export const keyProblem = signal("");

/** Adds the typed key. Returns whether the key is valid. */
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
