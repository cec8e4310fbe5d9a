/**
 * The one connection of the page: how the runs of the session stand, and the events of the run it shows. A
 * browser holds few connections to one server, which all pages share: a page that is not in sight gives
 * up its own, and asks now and then how things stand, for its title.
 */
import { signal } from "@preact/signals";
import type { RunEvent } from "../../events/run_event.ts";
import type { RunInfo } from "../protocol.ts";
import { api } from "./api.ts";
import { type Link, redraw, type ShownRun, takeEnd, takeEvents } from "./shown_run.ts";

/** How the connection stands, as far as is known. */
export const link = signal<Link>("live");

/** What is told of what comes. */
export interface Listener {
  runs(infos: readonly RunInfo[]): void;
  end(run: ShownRun): void;
}

/** So often a page that is not in sight asks. */
const ASK_MS = 2000;

let source: EventSource | undefined;
let asking: ReturnType<typeof setInterval> | undefined;
let again: () => void = () => {};

/** Connects, for a run or for none, instead of what was connected before. */
export function connect(run: ShownRun | null, listener: Listener): void {
  again = () => connect(run, listener);
  source?.close();
  clearInterval(asking);
  if (document.hidden) {
    asking = setInterval(() => void ask(listener), ASK_MS);
    return;
  }
  const here = source = api.events(run?.info?.id, run?.model.seq ?? -1);
  const stand = (now: Link) => {
    if (run !== null && run.link !== "over") run.link = now;
    redraw();
  };
  stand("connecting");
  here.onopen = () => stand(link.value = "live");
  // The browser connects again by itself, and names the last event it got.
  here.onerror = () => {
    const isRefused = here.readyState === EventSource.CLOSED;
    // A run that was told to its end may have been forgotten since.
    if (isRefused && run?.link === "over") return connect(null, listener);
    stand(link.value = isRefused ? "lost" : "connecting");
  };
  here.addEventListener("runs", ({ data }) => listener.runs(JSON.parse(data)));
  if (run === null) return;
  here.onmessage = ({ data }) => takeEvents(run, JSON.parse(data) as RunEvent[]);
  here.addEventListener("end", ({ data }) => {
    if (run.link === "over") return; // it was told before the connection broke
    takeEnd(run, JSON.parse(data));
    listener.end(run);
  });
}

async function ask(listener: Listener): Promise<void> {
  try {
    listener.runs((await api.session()).runs);
  } catch {
    // the connection tells of it, when the page is in sight again
  }
}

document.addEventListener("visibilitychange", () => again());
