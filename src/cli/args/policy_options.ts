/** The options that say how a run is made: their values. */
import { durationMs } from "../../base/duration.ts";
import { UsageError } from "../../base/errors.ts";
import { FAIL_FAST_MODES, type RunPolicyOptions, SEEDS } from "../../run/run_policy.ts";
import { asUsage, wholeNumber } from "./option_values.ts";

/** Reads a length of time, in milliseconds. */
export function time(option: string): (text: string) => number {
  return (text) => asUsage(() => durationMs(text, option));
}

/** Reads how often, and after what delay: `3`, `3:1s`. */
export function retries(text: string): RunPolicyOptions["retries"] {
  const [count = "", delay, ...more] = text.split(":");
  if (delay === "" || more.length > 0) {
    throw new UsageError(`Cannot use --retries=${text}: it is like 3 or 3:500ms`);
  }
  const number = wholeNumber("--retries")(count);
  return delay === undefined ? { count: number } : { count: number, delay: time("delay")(delay) };
}

/** Reads after how many failures, and how: `1`, `3:kill`. */
export function failFast(text: string): RunPolicyOptions["failFast"] {
  const [, count, word = "no-new"] = /^(\d+)(?::([a-z-]+))?$/.exec(text) ?? [];
  const mode = FAIL_FAST_MODES.find((it) => it === word);
  if (count !== undefined && mode !== undefined) return { count: Number(count), mode };
  const modes = FAIL_FAST_MODES.map((it) => `1:${it}`).join(", ");
  throw new UsageError(`Cannot use --fail-fast=${text}: it is like 1, 3, ${modes}`);
}

/** Reads a seed; none is `true`. */
export function seed(text: string): number | true {
  return text === ANY_SEED || wholeNumber("--shuffle", SEEDS - 1)(text);
}

/** Stands for no seed. */
export const ANY_SEED = "any";
