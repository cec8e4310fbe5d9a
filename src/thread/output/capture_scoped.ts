/** Captures output in a thread that outlives the run: the main thread. */
import type { CurrentSink, OutputCapture } from "./output_sink.ts";
import { captureOutput, patchedTargets } from "./capture_output.ts";
import { captureChildren, CHILD_STARTERS } from "./capture_children.ts";
import { PendingTimers } from "../pending_timers.ts";

/** Replaces the ways to print in this thread, until disposed of. */
export function captureScoped(current: CurrentSink): OutputCapture {
  const originals = [...patchedTargets(), [Deno, CHILD_STARTERS] as const].flatMap((
    [host, names],
  ) =>
    names.map((name) => ({ host, name, property: Object.getOwnPropertyDescriptor(host, name) }))
  );
  let isDisposed = false;
  const flush = captureOutput(current, () => isDisposed);
  captureChildren(current);
  const timers = new PendingTimers();
  return {
    flush,
    timersFired: () => timers.fired(),
    [Symbol.dispose]() {
      timers[Symbol.dispose]();
      isDisposed = true;
      for (const { host, name, property } of originals) {
        if (property) Object.defineProperty(host, name, property);
        else Reflect.deleteProperty(host, name);
      }
    },
  };
}
