/** Capturing in a thread that goes on when the run is over: the main one. */
import type { Captured, CurrentSink } from "./output_sink.ts";
import { capturePrinting, replaced } from "./capture_output.ts";
import { captureChildren, CHILD_STARTERS } from "./capture_children.ts";
import { LeftTimers } from "../pending_timers.ts";

/** Replaces the ways to print in this thread, until it is disposed of. */
export function captureForNow(current: CurrentSink): Captured {
  const originals = [...replaced(), [Deno, CHILD_STARTERS] as const].flatMap(([host, names]) =>
    names.map((name) => ({ host, name, property: Object.getOwnPropertyDescriptor(host, name) }))
  );
  let isOver = false;
  const flush = capturePrinting(current, () => isOver);
  captureChildren(current);
  const timers = new LeftTimers();
  return {
    flush,
    timersFired: () => timers.fired(),
    [Symbol.dispose]() {
      timers[Symbol.dispose]();
      isOver = true;
      for (const { host, name, property } of originals) {
        if (property) Object.defineProperty(host, name, property);
        else Reflect.deleteProperty(host, name);
      }
    },
  };
}
