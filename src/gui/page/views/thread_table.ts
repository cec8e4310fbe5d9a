/** Table of the threads: their current tasks, and after the run their longest ones. */
import { formatDuration } from "../../../base/duration.ts";
import { threadName } from "../../../events/run_event.ts";
import type { AttemptBar, RunModel } from "../model/run_model.ts";
import { selected } from "../model/store.ts";
import { html } from "./html_tag.ts";

/** The properties of {@linkcode ThreadTable}. */
export interface ThreadTableProps {
  readonly model: RunModel;
  /** The time until which the run is shown, in ms. */
  readonly nowMs: number;
}

/** The use of a thread up to a time. */
interface ThreadUse {
  /** Part of the time in which the thread ran tasks, from 0 to 1. */
  readonly busy: number;
  readonly taskCount: number;
  /** The longest attempt. */
  readonly longest: AttemptBar | undefined;
}

/** The use of a thread, by its attempts. */
export function threadUse(bars: readonly AttemptBar[], nowMs: number): ThreadUse {
  const lengthOf = ({ fromMs, toMs = nowMs }: AttemptBar) => toMs - fromMs;
  let busyMs = 0;
  let longest: AttemptBar | undefined;
  let taskCount = 0;
  for (const [i, bar] of bars.entries()) {
    busyMs += lengthOf(bar);
    if (longest === undefined || lengthOf(bar) > lengthOf(longest)) longest = bar;
    // The thread may have run an earlier attempt, too.
    const isFirst = bar.attempt === 1 || bars.findIndex(({ task }) => task === bar.task) === i;
    if (isFirst) taskCount++;
  }
  return { busy: nowMs > 0 ? Math.min(1, busyMs / nowMs) : 0, taskCount, longest };
}

/** The table; while the run is active it has the current tasks, then the longest ones. */
export function ThreadTable({ model, nowMs }: ThreadTableProps) {
  const { bars } = model;
  const isOver = model.hasFinishedTasks || model.isUnfinished;
  return html`
    <div class="scroll" tabindex="0" role="region" aria-label="Threads">
      <table id="threads">
        <thead>
          <tr>
            <th scope="col">Thread</th>
            <th scope="col">${isOver ? "Longest task" : "Task"}</th>
            <th scope="col" class="figure">${isOver ? "Duration" : "Running for"}</th>
            <th scope="col" class="figure">Busy</th>
            <th scope="col" class="figure">Tasks</th>
          </tr>
        </thead>
        <tbody>${bars.map((row, thread) => {
          const { busy, taskCount, longest } = threadUse(row, nowMs);
          const current = row.at(-1)?.toMs === undefined ? row.at(-1) : undefined;
          const bar = isOver ? longest : current;
          return html`
            <tr key=${thread} class=${bar === undefined ? "idle" : bar.status}>
              <th scope="row">${threadName(thread)}</th>
              <td class="name">${bar === undefined
                ? html`<span class="soft">idle</span>`
                : taskLink(model, bar.task)}</td>
              <td class="figure">${bar === undefined ? "–" : durationText(bar, nowMs)}</td>
              <td class="figure">${busyBar(busy)}</td>
              <td class="figure">${taskCount}</td>
            </tr>
          `;
        })}</tbody>
      </table>
    </div>
  `;
}

function taskLink(model: RunModel, task: number) {
  const { name } = model.tasks[task]!;
  return html`<button type="button" class="link" onClick=${() =>
    selected.value = name}>${name}</button>`;
}

/** Formats a running time without digits that change too fast to be read. */
function durationText({ fromMs, toMs }: AttemptBar, nowMs: number): string {
  return toMs === undefined
    ? `${((nowMs - fromMs) / 1000).toFixed(1)}s`
    : formatDuration(toMs - fromMs);
}

function busyBar(busy: number) {
  const percent = `${Math.round(busy * 100)}%`;
  return html`<span class="busy" aria-hidden="true"><i style=${{
    width: percent,
  }}></i></span>${percent}`;
}
