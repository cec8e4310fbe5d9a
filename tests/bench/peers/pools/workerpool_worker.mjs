/** The worker of workerpool. */
import { workerData } from "node:worker_threads";
import { workOf } from "./work.mjs";

const PACKAGE = "workerpool";
const { default: workerpool } = await import(PACKAGE);

workerpool.worker({ work: workOf(workerData.kind, workerData.words) });
