/**
 * Handles signals on a thread of its own, for a main thread that user code blocks. The thread
 * handles only the first signal: soon after that it stops listening, so the next signal ends the
 * process even if the main thread is busy. After SIGHUP no user is left to send another: the thread
 * sends one itself after a delay. Until the thread listens, a signal ends the process.
 */
import { settlesWithin } from "../../runtime/settles_within.ts";
import { primordials } from "../../runtime/primordials.ts";
import { clearTimeout, setTimeout } from "../../runtime/timers.ts";
import { load } from "../../sync/atomics.ts";
import type { ExitSignal } from "../exit_code.ts";

/** Signals within this time of the first one are duplicates of it, in milliseconds. */
export const DUPLICATE_SIGNAL_MS = 100;

/**
 * Grace period after SIGHUP, in milliseconds: no second signal ends the run, since the terminal is
 * gone.
 */
export const HANGUP_TIMEOUT_MS = 10_000;

/** Delay before the line about a busy main thread, in milliseconds. */
const BUSY_NOTICE_MS = 300;

/** Time limit for a reply of the thread, in milliseconds; it normally takes a few. */
const REPLY_TIMEOUT_MS = 1_000;

/**
 * The thread's code. It stores the signal in shared memory, which a busy main thread polls, and
 * posts it as a message.
 */
const THREAD_SOURCE = `
  const hangupMs = ${HANGUP_TIMEOUT_MS}, busyMs = ${BUSY_NOTICE_MS}, duplicateMs = ${DUPLICATE_SIGNAL_MS};
  const reportBusy = (signal) => {
    const busy = ": the main thread is busy";
    const line = {
      SIGHUP: "SIGHUP" + busy + "; exiting within " + hangupMs / 1000 + " s",
      SIGINT: "Interrupted" + busy + ". Ctrl-C again to stop now.",
      SIGTERM: "SIGTERM" + busy + ". A second signal stops the run now.",
    }[signal] + "\\n";
    try {
      Deno.stderr.writeSync(new TextEncoder().encode(line));
    } catch {} // the terminal is gone
  };
  let busyTimer;
  const listen = ({ signals, received }) => {
    const stops = signals.map((signal, index) => {
      const listener = () => {
        // If the main thread can, it exits before.
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

/** A scheduled or running signal thread. */
export interface SignalThreadHandle {
  /** Delivers a signal that the thread has received. */
  poll(): void;
  /** Resolves when the signals so far are delivered. */
  drain(): Promise<void>;
  /** Ends the thread after the signals so far are delivered. */
  end(): Promise<void>;
}

/** A running signal thread. */
export interface SignalThread extends SignalThreadHandle {
  /** Resolves when the thread listens, or does not reply in time. */
  readonly listening: Promise<unknown>;
  /** Terminates the thread. */
  stop(): void;
}

/**
 * Starts a signal thread after a delay, unless it is ended before: short work needs no thread.
 *
 * @param handler As for {@linkcode startSignalThread}.
 * @param delayMs Delay before the start, in milliseconds.
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
 * Starts a signal thread.
 *
 * @param handler Receives the first signal when this thread's event loop turns, or when the thread
 * is ended.
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
    event.preventDefault(); // then signals end the process, which is no error of the run
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
