/**
 * Six no-op tasks in the graph of the surgery example: the cost of a run besides its tasks.
 */
import { mark } from "@thread-order/cli";

export const a = mark(() => {});
export const b = mark({ after: ["a"] }, () => {});
export const c = mark({ after: ["a"] }, () => {});
export const d = mark({ after: ["c"] }, () => {});
export const e = mark({ after: ["c"] }, () => {});
export const f = mark({ after: ["b", "d"] }, () => {});
