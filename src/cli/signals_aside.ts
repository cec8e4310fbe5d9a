/**
 * Hears signals on a thread that does nothing else, for a main thread that the user's code blocks. It hears
 * the first signal alone: after that nobody listens, and the next one ends the process, however busy it is.
 * Until the thread listens, which takes a moment, a signal ends the process, too.
 */
import { clearTimeout, setTimeout } from "../base/timers.ts";
import { load } from "../sync/words.ts";
import type { HostSignal } from "./host.ts";

/** A main thread that has not heard of a signal by then is busy. */
const BUSY_MS = 300;

/** It writes which signal has come, for when the main thread looks, and sends it, for when it can hear. */
const THREAD = `
  const sayBusy = (signal) => Deno.stderr.writeSync(new TextEncoder().encode(
    signal + ": the main thread is busy; once more to leave at once\\n",
  ));
  self.onmessage = ({ data: { signals, heard } }) => {
    const stops = signals.map((signal, index) => {
      const listener = () => {
        for (const stop of stops) stop();
        heard[0] = index + 1;
        const timer = setTimeout(sayBusy, ${BUSY_MS}, signal);
        self.onmessage = () => clearTimeout(timer);
        self.postMessage(signal);
      };
      Deno.addSignalListener(signal, listener);
      return () => Deno.removeSignalListener(signal, listener);
    });
  };
`;
const URL_OF_THREAD = `data:application/javascript,${encodeURIComponent(THREAD)}`;

/**
 * Begins to listen.
 *
 * @param handler Gets the first signal, when this thread can hear of it; at the latest when listening ends.
 * @param patienceMs With so much time to go until the thread is started: short work does without it.
 * @returns Ends it.
 */
export function hearAside(
  signals: readonly HostSignal[],
  handler: (signal: HostSignal) => void,
  patienceMs = 0,
): () => void {
  if (patienceMs === 0) return startThread(signals, handler);
  let stop = () => clearTimeout(timer);
  const timer = setTimeout(() => stop = startThread(signals, handler), patienceMs);
  Deno.unrefTimer(timer);
  return () => stop();
}

function startThread(
  signals: readonly HostSignal[],
  handler: (signal: HostSignal) => void,
): () => void {
  const heard = new Int32Array(new SharedArrayBuffer(4));
  const thread = new Worker(URL_OF_THREAD, { type: "module" });
  let isTold = false;
  const tell = (signal: HostSignal | undefined) => {
    if (signal === undefined || isTold) return;
    isTold = true;
    thread.postMessage("heard");
    handler(signal);
  };
  thread.onmessage = ({ data }) => tell(data);
  thread.onerror = (event) => event.preventDefault(); // nobody listens then, which is no error of the run
  thread.postMessage({ signals, heard });
  return () => {
    tell(signals[load(heard, 0) - 1]);
    thread.terminate();
  };
}
