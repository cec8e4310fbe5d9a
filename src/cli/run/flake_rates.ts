/**
 * `--repeat n --keep-going`: counts, over all runs, how often each task failed, or passed only on a
 * retry.
 */
import { plural } from "../../base/text_format.ts";
import type { Reporter } from "../../events/reporter.ts";
import { isFlaky, type RunView } from "../../events/run_view.ts";
import { displayWidth, fitWidth, truncateWidth } from "../../base/display_width.ts";
import type { Style } from "../../report/style.ts";

/** The outcomes of one task over all runs. */
interface TaskCounts {
  /** Number of runs in which the task passed or failed. */
  runs: number;
  /** Number of runs in which the task failed. */
  failed: number;
  /** Number of runs in which the task passed only on a retry. */
  retried: number;
}

/** Maximum width of a name, in cells. */
const NAME_MAX = 40;

/** Counts the outcomes of tasks over several runs, by the events of each. */
export class FlakeRates {
  readonly #counts = new Map<string, TaskCounts>();
  #runs = 0;

  /** Counts one run at its end. */
  readonly reporter: Reporter = {
    report: ({ type }, view) => {
      if (type === "run-finished") this.#add(view);
    },
  };

  #add(view: RunView): void {
    this.#runs++;
    for (const [task, { name }] of view.tasks.entries()) {
      const status = view.outcomes[task]?.status;
      if (status !== "passed" && status !== "failed") continue;
      const counts = this.#counts.getOrInsertComputed(name, () => ({
        runs: 0,
        failed: 0,
        retried: 0,
      }));
      counts.runs++;
      if (status === "failed") counts.failed++;
      else if (isFlaky(view, task)) counts.retried++;
    }
  }

  /**
   * Formats the flake rate of each task, the highest first: the share of runs in which it failed or
   * passed only on a retry, among those in which it ran. Tasks that passed every time are counted
   * in one line.
   */
  lines(style: Style): string[] {
    const all = [...this.#counts].map(([name, counts]) => ({ name, rate: rateOf(counts), counts }));
    const flaky = all.filter(({ rate }) => rate > 0).toSorted((a, b) => b.rate - a.rate);
    const names = flaky.map(({ name }) => truncateWidth(name, NAME_MAX));
    const width = names.reduce((most, name) => Math.max(most, displayWidth(name)), 0);
    const steady = all.length - flaky.length;
    return [
      style.bold(`Flake rates in ${plural(this.#runs, "run")}:`),
      ...flaky.map(({ rate, counts }, i) => {
        const share = `${Math.round(rate * 1000) / 10}%`.padStart(RATE_WIDTH);
        const paint = rate === 1 ? style.bad : style.warn;
        return `  ${paint(share)}  ${fitWidth(names[i]!, width)}  ${style.dim(countsText(counts))}`;
      }),
      ...(steady > 0
        ? [`  ${"0%".padStart(RATE_WIDTH)}  ${otherTasks(steady, flaky.length)}`]
        : []),
    ];
  }
}

/** Width of the longest rate: `99.9%`. */
const RATE_WIDTH = 5;

function rateOf({ runs, failed, retried }: TaskCounts): number {
  return (failed + retried) / runs;
}

/** `failed in 2 of 10 runs, passed on a retry in 1`. */
function countsText({ runs, failed, retried }: TaskCounts): string {
  const of = ` of ${plural(runs, "run")}`;
  const parts = [
    ...(failed > 0 ? [`failed in ${failed}`] : []),
    ...(retried > 0 ? [`passed on a retry in ${retried}`] : []),
  ];
  return parts.map((part, i) => i === 0 ? part + of : part).join(", ");
}

function otherTasks(steady: number, flaky: number): string {
  return `${flaky > 0 ? "the other " : ""}${plural(steady, "task")}`;
}
