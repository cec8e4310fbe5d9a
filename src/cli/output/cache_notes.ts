/** Notes at the end of a run: tasks that are not cached, and with `--why` their changed inputs. */
import { abbreviateList, onOneLine } from "../../base/text_format.ts";
import type { Reporter } from "../../events/reporter.ts";
import type { TaskFinished } from "../../events/run_event.ts";

/** Maximum number of names, or of changed inputs, in a line. */
const ITEMS_MAX = 5;

/** Collects the notes of a run. */
export class CacheNotes implements Reporter {
  readonly #why: ReadonlySet<string> | undefined;
  /** The tasks that are not cached, by the reason. */
  readonly #notCached = new Map<string, string[]>();
  readonly #reasons: string[] = [];

  /** @param why The names of the tasks whose changed inputs are printed; undefined for none. */
  constructor(why: ReadonlySet<string> | undefined) {
    this.#why = why;
  }

  report: Reporter["report"] = (event, view) => {
    if (event.type === "task-finished") this.#finish(event, view.tasks[event.task]!.name);
  };

  /** The lines to print after the last task. */
  lines(): string[] {
    const notes = [...this.#notCached].map(([reason, names]) =>
      onOneLine(`Note: ${abbreviateList(names, ITEMS_MAX)} not cached: ${reason}`)
    );
    return [...this.#reasons, ...notes];
  }

  #finish({ cached, notCached, changed }: TaskFinished, name: string): void {
    if (notCached !== undefined) {
      this.#notCached.getOrInsertComputed(notCached, () => []).push(name);
    }
    if (!this.#why?.has(name)) return;
    if (changed !== undefined) {
      this.#reasons.push(onOneLine(`${name}: ${abbreviateList(changed, ITEMS_MAX)}`));
    } else if (cached) this.#reasons.push(onOneLine(`${name}: nothing has changed`));
  }
}
