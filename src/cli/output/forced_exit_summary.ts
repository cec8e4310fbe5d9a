/**
 * The summary after a second signal, which ends the command without waiting for the running tasks.
 * Its code is loaded at the first signal, so that it never delays the exit: if it is not there yet,
 * nothing is printed.
 */
import type { Reporter } from "../../events/reporter.ts";
import type { RunView } from "../../events/run_view.ts";
import type { Interrupt } from "../system/interrupt.ts";
import type { StoppedRunSetup } from "./print_stopped_run.ts";

/** Prints the failed, cancelled and stopped tasks of a run before a forced exit. */
export class ForcedExitSummary {
  /** Keeps the view of the run. */
  readonly reporter: Reporter = {
    report: ({ type }, view) => {
      if (type === "run-started") this.#view = view;
    },
  };
  /** The view of the run; undefined before it has started, and once its summary is printed. */
  #view: RunView | undefined;
  #print: ((view: RunView, setup: StoppedRunSetup) => void) | undefined;

  constructor(interrupt: Interrupt, setup: StoppedRunSetup) {
    interrupt.signal.addEventListener("abort", () => void this.#load(), { once: true });
    interrupt.onForcedExit(() => this.#printOnce(setup));
  }

  /** Prevents the summary: that of the finished run is printed instead. */
  cancel(): void {
    this.#view = undefined;
  }

  async #load(): Promise<void> {
    const { printStoppedRun } = await import("./print_stopped_run.ts");
    this.#print = printStoppedRun;
  }

  #printOnce(setup: StoppedRunSetup): void {
    const view = this.#view;
    this.#view = undefined;
    if (view === undefined) return;
    try {
      this.#print?.(view, setup);
    } catch {
      // the terminal is gone, or a reader of the output has ended
    }
  }
}
