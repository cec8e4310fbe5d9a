/** The worker of poolifier. */
import { workerData } from "node:worker_threads";
import { workOf } from "./work.mjs";

const PACKAGE = "poolifier";
const { ThreadWorker } = await import(PACKAGE);

export default new ThreadWorker(workOf(workerData.kind, workerData.words));
