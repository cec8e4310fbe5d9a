/**
 * The one connection of the page: how the runs of the session stand, and the events of the run it shows. A
 * browser holds few connections to one server, which all pages share: a page that is not in sight gives
 * up its own, and asks now and then how things stand, for its title.
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

/** How the connection stands, as far as is known. */
export const connectionState = signal<ConnectionState>("live");

/** What is told of what comes. */
export interface ConnectionListener {
  runs(infos: readonly RunInfo[]): void;
  end(run: DisplayedRun): void;
  /** The server has said that it ends. */
  ended(): void;
}

/** So often a page that is not in sight asks. */
const POLL_MS = 2000;
/** So often the server may leave it without an answer, until that is said. */
const MAX_MISSES = 5;

let source: EventSource | undefined;
let polling: ReturnType<typeof setInterval> | undefined;
let reconnect: () => void = () => {};
let misses = 0;
let hasEnded = false;

/** Connects, for a run or for none, instead of what was connected before. */
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
      if (polling !== timer) return; // the page has connected meanwhile, and knows better
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
  // The browser connects again by itself, and names the last event it got.
  current.onerror = () => {
    if (current.readyState !== EventSource.CLOSED) return onMiss();
    // A run that was told to its end may have been forgotten since.
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
    if (run.connection === "ended") return; // it was told before the connection broke
    setEnd(run, JSON.parse(data));
    listener.end(run);
  });
}

document.addEventListener("visibilitychange", () => reconnect());
