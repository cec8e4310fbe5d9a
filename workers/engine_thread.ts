/**
 * The entry module of a thread of a remote worker, which src/engine/worker/thread_handle.ts starts:
 * it executes the tasks that the main thread assigns. Unlike the threads of a run on one machine
 * (task_worker.ts) it shares no memory of the plan and the state, since other machines change them.
 */
import { holdLivenessLock, prepareLivenessLock } from "../src/sync/liveness_lock.ts";
import { ThreadChannel } from "../src/process/child/thread_channel.ts";
import type { FromThread, ThreadStart, ToThread } from "../src/process/thread_protocol.ts";
import { pinEventMethods } from "../src/runtime/primordials.ts";
import { TaskExecutor } from "./task_executor.ts";

/** The part of a worker's global object that is used here. */
interface WorkerScope extends EventTarget {
  postMessage(message: FromThread, transfer: Transferable[]): void;
}

const scope = globalThis as unknown as WorkerScope;
/** Other code cannot send messages, which would be mistaken for this library's. */
const post = scope.postMessage.bind(scope);
scope.postMessage = () => {};

let channel: ThreadChannel | undefined;

/** Starts the work of this thread, once the main thread can notice its end. */
function start(message: ThreadStart): void {
  const connected = channel = new ThreadChannel(message, post);
  const { lane, state, livenessLock } = message;
  holdLivenessLock(livenessLock, () => {
    post({ type: "alive" }, []);
    new TaskExecutor({ lane, state, connect: () => connected, writeSentinels: () => [] });
  });
}

prepareLivenessLock();
pinEventMethods(scope);
// Not `onmessage`: a module may set that, and would receive messages for this library.
scope.addEventListener("message", (event) => {
  event.stopImmediatePropagation();
  const message = (event as MessageEvent<ToThread>).data;
  if (message.type === "start") start(message);
  else channel!.receive(message);
});
