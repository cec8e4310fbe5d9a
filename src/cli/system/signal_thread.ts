/**
 * Hears signals on a thread that does nothing else, for a main thread that the user's code blocks. It hears
 * the first signal alone: soon after that nobody listens, and the next one ends the process, however busy it is.
 * After SIGHUP nobody is left to send another: in a while it is sent from here.
 * Until the thread listens, which takes a moment, a signal ends the process, too.
 */
import { settlesWithin } from "../../runtime/settles_within.ts";
import { primordials } from "../../runtime/primordials.ts";
import { clearTimeout, setTimeout } from "../../runtime/timers.ts";
import { load } from "../../sync/atomics.ts";
import type { ExitSignal } from "../exit_code.ts";

/** What comes within this time of the first signal is the same one, sent more than once. */
export const SAME_MS = 100;

/** When a terminal was closed, nobody is left to send a second signal: what runs has as long to end. */
export const HUNG_UP_MS = 10_000;

/** A main thread that has not heard of a signal by then is busy. */
const BUSY_MS = 300;

/** It answers within a few milliseconds, or never. */
const ANSWER_MS = 1_000;

/** It writes which signal has come, for when the main thread looks, and sends it, for when it can hear. */
const THREAD = `
  const sayBusy = (signal) => {
    const then = signal === "SIGHUP" ? "it has ${
  HUNG_UP_MS / 1000
} s" : "once more to leave at once";
    const line = signal + ": the main thread is busy; " + then + "\\n";
    try {
      Deno.stderr.writeSync(new TextEncoder().encode(line));
    } catch {} // the terminal is gone
  };
  let busyTimer;
  const listen = ({ signals, heard }) => {
    const stops = signals.map((signal, index) => {
      const listener = () => {
        // A main thread that can leaves by itself.
        if (signal === "SIGHUP") setTimeout(() => leave(index), ${HUNG_UP_MS + BUSY_MS});
        if (heard[0] !== 0) return;
        heard[0] = index + 1;
        setTimeout(() => stops.forEach((stop, i) => signals[i] !== "SIGHUP" && stop()), ${SAME_MS});
        busyTimer = setTimeout(sayBusy, ${BUSY_MS}, signal);
        self.postMessage(signal);
      };
      Deno.addSignalListener(signal, listener);
      return () => Deno.removeSignalListener(signal, listener);
    });
    const leave = (index) => {
      stops[index]();
      Deno.kill(Deno.pid, signals[index]);
    };
    self.postMessage("listening");
  };
  self.onmessage = ({ data }) => {
    if (data === "heard") clearTimeout(busyTimer);
    else if (data === "end") setTimeout(() => self.postMessage("ended"));
    else listen(data);
  };
`;
const URL_OF_THREAD = `data:application/javascript,${encodeURIComponent(THREAD)}`;

/** What is asked of a thread that hears signals when it is not needed any more. */
export interface SignalThreadHandle {
  /** Has a signal told that it has heard. */
  look(): void;
  /** Resolves when a signal that has come by now was passed on. */
  handled(): Promise<void>;
  /** Ends it when it has told of a signal that has come by now. */
  end(): Promise<void>;
}

/** A thread that hears signals. */
export interface SignalThread extends SignalThreadHandle {
  /** Resolves when it listens, or does not answer. */
  readonly isListening: Promise<unknown>;
  /** Ends it at once. */
  stop(): void;
}

/**
 * Begins to listen, if nobody has ended it within a time: short work does without the thread.
 *
 * @param handler As for {@linkcode startSignalThread}.
 * @param patienceMs How long until the thread is started.
 */
export function scheduleSignalThread(
  signals: readonly ExitSignal[],
  handler: (signal: ExitSignal) => void,
  patienceMs: number,
): SignalThreadHandle {
  let aside: SignalThread | undefined;
  const timer = setTimeout(() => aside = startSignalThread(signals, handler), patienceMs);
  Deno.unrefTimer(timer);
  return {
    look: () => aside?.look(),
    handled: async () => await aside?.handled(),
    async end() {
      clearTimeout(timer);
      await aside?.end();
    },
  };
}

/**
 * Begins to listen.
 *
 * @param handler Gets the first signal, when this thread can hear of it; at the latest when listening ends.
 */
export function startSignalThread(
  signals: readonly ExitSignal[],
  handler: (signal: ExitSignal) => void,
): SignalThread {
  const heard = new Int32Array(new SharedArrayBuffer(4));
  const thread = new primordials.Worker(URL_OF_THREAD, { type: "module" });
  let isTold = false;
  const listening = Promise.withResolvers<void>();
  const asked: (() => void)[] = [];
  let isBroken = false;
  const tell = (signal: ExitSignal | undefined) => {
    if (signal === undefined || isTold) return;
    isTold = true;
    thread.postMessage("heard");
    handler(signal);
  };
  thread.onmessage = ({ data }) => {
    if (data === "listening") listening.resolve();
    else if (data === "ended") asked.shift()?.();
    else tell(data);
  };
  thread.onerror = (event) => {
    event.preventDefault(); // nobody listens then, which is no error of the run
    isBroken = true;
    listening.resolve();
    for (const resolve of asked.splice(0)) resolve();
  };
  thread.postMessage({ signals, heard });
  const look = () => tell(signals[load(heard, 0) - 1]);
  const stop = () => {
    look();
    thread.terminate();
  };
  const handled = async () => {
    if (isBroken) return;
    const answered = Promise.withResolvers<void>();
    asked.push(answered.resolve);
    thread.postMessage("end");
    await settlesWithin(answered.promise, ANSWER_MS);
    look();
  };
  const end = async () => {
    await handled();
    stop();
  };
  return { isListening: settlesWithin(listening.promise, ANSWER_MS), look, handled, end, stop };
}
