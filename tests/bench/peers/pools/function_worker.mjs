/** The worker of pools that call the default export of a module: piscina and tinypool. */
import { workerData } from "node:worker_threads";
import { workOf } from "./work.mjs";

// Both libraries pass their own data first.
const { kind, words } = Array.isArray(workerData) ? workerData[1] : workerData;

export default workOf(kind, words);
