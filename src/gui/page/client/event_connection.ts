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
  type ConnectionState,
  type DisplayedRun,
  pauseEvents,
  redraw,
  resumeEvents,
  takeEnd,
  takeEvents,
} from "../model/displayed_run.ts";

/** How the connection stands, as far as is known. */
export const link = signal<ConnectionState>("live");

/** What is told of what comes. */
export interface Listener {
  runs(infos: readonly RunInfo[]): void;
  end(run: DisplayedRun): void;
  /** The server has said that it ends. */
  ended(): void;
}

/** So often a page that is not in sight asks. */
const ASK_MS = 2000;
/** So often the server may leave it without an answer, until that is said. */
const TRIES = 5;

let source: EventSource | undefined;
let asking: ReturnType<typeof setInterval> | undefined;
let again: () => void = () => {};
let misses = 0;
let hasEnded = false;

/** Connects, for a run or for none, instead of what was connected before. */
export function connect(run: DisplayedRun | null, listener: Listener): void {
  again = () => connect(run, listener);
  source?.close();
  clearInterval(asking);
  asking = undefined;
  const stand = (now: ConnectionState) => {
    link.value = now;
    if (run !== null && run.link !== "over") {
      run.link = now;
      if (now === "lost" || now === "silent") pauseEvents(run);
      else if (now === "live") resumeEvents(run);
    }
    redraw();
  };
  const miss = () => stand(++misses < TRIES ? "connecting" : "silent");
  const answered = () => {
    misses = 0;
    stand("live");
  };
  if (hasEnded) return stand("lost");
  if (document.hidden) {
    const mine = asking = setInterval(async () => {
      const runs = await uiClient.session().then((it) => it.runs, () => undefined);
      if (asking !== mine) return; // the page has connected meanwhile, and knows better
      if (runs === undefined) return miss();
      listener.runs(runs);
      answered();
    }, ASK_MS);
    return;
  }
  const here = source = uiClient.events(run?.info?.id, run?.model.seq ?? -1);
  if (run !== null && run.link !== "over") run.link = "connecting";
  redraw();
  here.onopen = answered;
  // The browser connects again by itself, and names the last event it got.
  here.onerror = () => {
    if (here.readyState !== EventSource.CLOSED) return miss();
    // A run that was told to its end may have been forgotten since.
    if (run?.link === "over") return connect(null, listener);
    stand("lost");
  };
  here.addEventListener("runs", ({ data }) => listener.runs(JSON.parse(data)));
  here.addEventListener("ended", () => {
    here.close();
    hasEnded = true;
    stand("lost");
    listener.ended();
  });
  if (run === null) return;
  here.onmessage = ({ data }) => takeEvents(run, JSON.parse(data) as RunEvent[]);
  here.addEventListener("end", ({ data }) => {
    if (run.link === "over") return; // it was told before the connection broke
    takeEnd(run, JSON.parse(data));
    listener.end(run);
  });
}

document.addEventListener("visibilitychange", () => again());
