/**
 * The event stream of the page: the runs of the session, and the events of the shown run. A browser
 * limits the connections to one server, and all pages share them: a hidden page closes its stream
 * and polls the session instead, for its title.
 */
import { signal } from "@preact/signals";
import type { RunEvent } from "../../../events/run_event.ts";
import type { RunInfo } from "../../ui_protocol.ts";
import { uiClient } from "./ui_client.ts";
import {
  addEvents,
  type ConnectionState,
  type DisplayedRun,
  pauseEvents,
  redraw,
  resumeEvents,
  setEnd,
} from "../model/displayed_run.ts";

/** The state of the connection, as far as is known. */
export const connectionState = signal<ConnectionState>("live");

/** Receives the messages of the stream. */
export interface ConnectionListener {
  runs(infos: readonly RunInfo[]): void;
  end(run: DisplayedRun): void;
  /** The session has ended. */
  ended(): void;
}

/** Poll interval of a hidden page, in ms: its title may be that late. */
const POLL_MS = 2000;
/** Number of failed attempts in a row after which the server counts as silent. */
const MAX_MISSES = 5;

let source: EventSource | undefined;
let polling: ReturnType<typeof setInterval> | undefined;
let reconnect: () => void = () => {};
let misses = 0;
let hasEnded = false;

/** Connects for a run, or for none, and closes the previous connection. */
export function connect(run: DisplayedRun | null, listener: ConnectionListener): void {
  reconnect = () => connect(run, listener);
  source?.close();
  clearInterval(polling);
  polling = undefined;
  const setState = (state: ConnectionState) => {
    connectionState.value = state;
    if (run !== null && run.connection !== "ended") {
      run.connection = state;
      if (state === "lost" || state === "silent") pauseEvents(run);
      else if (state === "live") resumeEvents(run);
    }
    redraw();
  };
  const onMiss = () => setState(++misses < MAX_MISSES ? "connecting" : "silent");
  const onAnswer = () => {
    misses = 0;
    setState("live");
  };
  if (hasEnded) return setState("lost");
  if (document.hidden) {
    const timer = polling = setInterval(async () => {
      const runs = await uiClient.session().then((it) => it.runs, () => undefined);
      if (polling !== timer) return; // the page has connected meanwhile, and its state is newer
      if (runs === undefined) return onMiss();
      listener.runs(runs);
      onAnswer();
    }, POLL_MS);
    return;
  }
  const current = source = uiClient.events(run?.info?.id, run?.model.seq ?? -1);
  if (run !== null && run.connection !== "ended") run.connection = "connecting";
  redraw();
  current.onopen = onAnswer;
  // The browser reconnects by itself, and sends the id of the last event.
  current.onerror = () => {
    if (current.readyState !== EventSource.CLOSED) return onMiss();
    // The server may have evicted a finished run.
    if (run?.connection === "ended") return connect(null, listener);
    setState("lost");
  };
  current.addEventListener("runs", ({ data }) => listener.runs(JSON.parse(data)));
  current.addEventListener("ended", () => {
    current.close();
    hasEnded = true;
    setState("lost");
    listener.ended();
  });
  if (run === null) return;
  current.onmessage = ({ data }) => addEvents(run, JSON.parse(data) as RunEvent[]);
  current.addEventListener("end", ({ data }) => {
    if (run.connection === "ended") return; // received before the connection broke
    setEnd(run, JSON.parse(data));
    listener.end(run);
  });
}

document.addEventListener("visibilitychange", () => reconnect());
