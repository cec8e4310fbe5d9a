/**
 * Hears signals on a thread that does nothing else, for a main thread that runs tasks. It hears the first
 * signal alone: after that nobody listens, and the next one ends the process, however busy it is.
 *
 * The thread takes a tenth of a second to start, which is as long as many runs take: it is started for
 * those that take longer. Until it listens a signal ends the process.
 */
import type { HostSignal } from "./host.ts";

/** A run that takes longer has such a thread. */
const PATIENCE_MS = 200;
/** A main thread that has not heard of a signal by then is busy. */
const BUSY_MS = 300;

/** It lives until it is ended: a listener alone would not keep it alive. */
const THREAD = `
  const { parentPort, workerData: signals } = require("node:worker_threads");
  const sayBusy = (signal) => Deno.stderr.writeSync(new TextEncoder().encode(
    signal + ": the main thread is busy; once more to leave at once\\n",
  ));
  const stops = signals.map((signal) => {
    const listener = () => {
      stops.forEach((stop) => stop());
      const timer = setTimeout(sayBusy, ${BUSY_MS}, signal);
      parentPort.once("message", () => clearTimeout(timer));
      parentPort.postMessage(signal);
    };
    Deno.addSignalListener(signal, listener);
    return () => Deno.removeSignalListener(signal, listener);
  });
  setInterval(() => {}, 2 ** 30);
`;

/**
 * Begins to listen, in a moment.
 *
 * @returns Stops that.
 */
export function hearAside(
  signals: readonly HostSignal[],
  handler: (signal: HostSignal) => void,
): () => void {
  let stop = () => clearTimeout(timer);
  const timer = setTimeout(() => stop = startThread(signals, handler), PATIENCE_MS);
  Deno.unrefTimer(timer);
  return () => stop();
}

function startThread(
  signals: readonly HostSignal[],
  handler: (signal: HostSignal) => void,
): () => void {
  const { Worker } = process.getBuiltinModule("node:worker_threads");
  const thread = new Worker(THREAD, { eval: true, workerData: signals });
  thread.once("online", () => thread.unref()); // before, it would have no effect
  thread.on("message", (signal: HostSignal) => {
    thread.postMessage("heard");
    handler(signal);
  });
  return () => void thread.terminate();
}
