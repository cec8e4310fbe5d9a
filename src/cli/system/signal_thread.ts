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
export const DUPLICATE_SIGNAL_MS = 100;

/** When a terminal was closed, nobody is left to send a second signal: what runs has as long to end. */
export const HANGUP_TIMEOUT_MS = 10_000;

/** A main thread that has not heard of a signal by then is busy. */
const BUSY_NOTICE_MS = 300;

/** It answers within a few milliseconds, or never. */
const REPLY_TIMEOUT_MS = 1_000;

/** It writes which signal has come, for when the main thread looks, and sends it, for when it can hear. */
const THREAD_SOURCE = `
  const hangupMs = ${HANGUP_TIMEOUT_MS}, busyMs = ${BUSY_NOTICE_MS}, duplicateMs = ${DUPLICATE_SIGNAL_MS};
  const reportBusy = (signal) => {
    const then = signal === "SIGHUP" ? "exiting within " + hangupMs / 1000 + " s" : "a second signal exits at once";
    const line = signal + ": the main thread is busy; " + then + "\\n";
    try {
      Deno.stderr.writeSync(new TextEncoder().encode(line));
    } catch {} // the terminal is gone
  };
  let busyTimer;
  const listen = ({ signals, received }) => {
    const stops = signals.map((signal, index) => {
      const listener = () => {
        // A main thread that can leaves by itself.
        if (signal === "SIGHUP") setTimeout(() => raise(index), hangupMs + busyMs);
        if (received[0] !== 0) return;
        received[0] = index + 1;
        setTimeout(() => stops.forEach((stop, i) => signals[i] !== "SIGHUP" && stop()), duplicateMs);
        busyTimer = setTimeout(reportBusy, busyMs, signal);
        self.postMessage(signal);
      };
      Deno.addSignalListener(signal, listener);
      return () => Deno.removeSignalListener(signal, listener);
    });
    const raise = (index) => {
      stops[index]();
      Deno.kill(Deno.pid, signals[index]);
    };
    self.postMessage("listening");
  };
  self.onmessage = ({ data }) => {
    if (data === "ack") clearTimeout(busyTimer);
    else if (data === "drain") setTimeout(() => self.postMessage("drained"));
    else listen(data);
  };
`;
const THREAD_URL = `data:application/javascript,${encodeURIComponent(THREAD_SOURCE)}`;

/** What is asked of a thread that hears signals when it is not needed any more. */
export interface SignalThreadHandle {
  /** Has a signal told that it has heard. */
  poll(): void;
  /** Resolves when a signal that has come by now was passed on. */
  drain(): Promise<void>;
  /** Ends it when it has told of a signal that has come by now. */
  end(): Promise<void>;
}

/** A thread that hears signals. */
export interface SignalThread extends SignalThreadHandle {
  /** Resolves when it listens, or does not answer. */
  readonly listening: Promise<unknown>;
  /** Ends it at once. */
  stop(): void;
}

/**
 * Begins to listen, if nobody has ended it within a time: short work does without the thread.
 *
 * @param handler As for {@linkcode startSignalThread}.
 * @param delayMs How long until the thread is started.
 */
export function scheduleSignalThread(
  signals: readonly ExitSignal[],
  handler: (signal: ExitSignal) => void,
  delayMs: number,
): SignalThreadHandle {
  let thread: SignalThread | undefined;
  const timer = setTimeout(() => thread = startSignalThread(signals, handler), delayMs);
  Deno.unrefTimer(timer);
  return {
    poll: () => thread?.poll(),
    drain: async () => await thread?.drain(),
    async end() {
      clearTimeout(timer);
      await thread?.end();
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
  const received = new Int32Array(new SharedArrayBuffer(4));
  const thread = new primordials.Worker(THREAD_URL, { type: "module" });
  let isDelivered = false;
  const started = Promise.withResolvers<void>();
  const pendingDrains: (() => void)[] = [];
  let isBroken = false;
  const deliver = (signal: ExitSignal | undefined) => {
    if (signal === undefined || isDelivered) return;
    isDelivered = true;
    thread.postMessage("ack");
    handler(signal);
  };
  thread.onmessage = ({ data }) => {
    if (data === "listening") started.resolve();
    else if (data === "drained") pendingDrains.shift()?.();
    else deliver(data);
  };
  thread.onerror = (event) => {
    event.preventDefault(); // nobody listens then, which is no error of the run
    isBroken = true;
    started.resolve();
    for (const resolve of pendingDrains.splice(0)) resolve();
  };
  thread.postMessage({ signals, received });
  const poll = () => deliver(signals[load(received, 0) - 1]);
  const stop = () => {
    poll();
    thread.terminate();
  };
  const drain = async () => {
    if (isBroken) return;
    const drained = Promise.withResolvers<void>();
    pendingDrains.push(drained.resolve);
    thread.postMessage("drain");
    await settlesWithin(drained.promise, REPLY_TIMEOUT_MS);
    poll();
  };
  const end = async () => {
    await drain();
    stop();
  };
  return {
    listening: settlesWithin(started.promise, REPLY_TIMEOUT_MS),
    poll,
    drain,
    end,
    stop,
  };
}
