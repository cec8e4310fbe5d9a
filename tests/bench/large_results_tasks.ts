/** The tasks of large_results.ts; the environment selects the value that they pass on. */
import { mark } from "../../mod.ts";
import { createValue, iterate, type ValueName } from "./large_values.ts";

const what = Deno.env.get("VALUE") as ValueName;
const way = Deno.env.get("WAY");
const now = () => performance.timeOrigin + performance.now();

/** Returns the value, or writes it to the state. */
export const make = mark((state) => {
  const value = createValue(what);
  state.beginMs = now();
  if (way === "write") state.value = value;
  return way === "write" ? undefined : value;
});

/** Measures the time from the return to the end of the first iteration, and of the second one. */
export const use = mark({ after: { make } }, (state, task) => {
  const value = way === "task.results"
    ? task.results.make
    : way === "state.results"
    ? state.results["make"]
    : state["value"];
  iterate(value);
  const endMs = now();
  iterate(value);
  state.times = { firstMs: endMs - state["beginMs"], secondMs: now() - endMs };
});

/** Writes small values meanwhile, and measures the longest time between two of them. */
export const tick = mark((state) => {
  let longestMs = 0;
  let lastMs = performance.now();
  if (Deno.env.get("TICK") === "1") {
    for (let n = 0; state["times"] === undefined; n++) {
      state.tiny = n;
      const nextMs = performance.now();
      longestMs = Math.max(longestMs, nextMs - lastMs);
      lastMs = nextMs;
    }
  }
  state.longestMs = longestMs;
});
