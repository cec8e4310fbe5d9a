/** What went wrong, once more, at the end: where the eye is when the run is over. */
import type { ErrorRecord } from "../base/error_record.ts";
import type { RunView, StrayRecord } from "../events/run_view.ts";
import { threadName } from "../events/run_event.ts";
import { userFrames } from "./frames.ts";
import type { Style } from "./style.ts";

/** Lines about every task that did not pass and every stray error; none when all is well. */
export function recap(view: RunView, style: Style): string[] {
  return [
    ...section("Failed", view, style, "failed", (task) => failedTask(view, task, style)),
    ...section("Skipped", view, style, "skipped", (task) => [skippedTask(view, task, style)]),
    ...section("Cancelled", view, style, "cancelled", (task) => [
      `  ${style.warn(view.tasks[task]!.name)}: ${
        view.startedMs[task] === undefined ? "never started" : "ended when the run was cancelled"
      }`,
    ]),
    ...strayErrors(view, style),
  ];
}

/** A run may be cancelled with thousands of tasks left: the first ones tell the story. */
const SHOWN_MAX = 50;

function section(
  title: string,
  view: RunView,
  style: Style,
  status: "failed" | "skipped" | "cancelled",
  describe: (task: number) => string[],
): string[] {
  const tasks = view.finished.filter((task) => view.outcomes[task]!.status === status);
  if (tasks.length === 0) return [];
  const rest = tasks.length - SHOWN_MAX;
  return [
    style.bold(`${title}:`),
    ...tasks.slice(0, SHOWN_MAX).flatMap(describe),
    ...(rest > 0 ? [`  … and ${rest} more`] : []),
    "",
  ];
}

function failedTask(view: RunView, task: number, style: Style): string[] {
  const outcome = view.outcomes[task]!;
  if (outcome.status !== "failed") return [];
  const [first = "", ...rest] = describeError(outcome.error);
  return [`  ${style.bad(view.tasks[task]!.name)}: ${first}`, ...rest.map((line) => `  ${line}`)];
}

function skippedTask(view: RunView, task: number, style: Style): string {
  const outcome = view.outcomes[task]!;
  if (outcome.status !== "skipped") return "";
  const name = (id: number) => view.tasks[id]!.name;
  const { via, cause } = outcome;
  const because = cause === null
    ? "nothing had failed"
    : via === cause
    ? `${name(cause)} failed`
    : `${name(cause)} failed (through ${name(via)})`;
  return `  ${style.warn(name(task))}: ${because}`;
}

function strayErrors(view: RunView, style: Style): string[] {
  if (view.strayErrors.length === 0) return [];
  return [
    style.bold("Errors outside of tasks:"),
    ...view.strayErrors.flatMap((stray) => {
      const [first = "", ...rest] = describeError(stray.error);
      return [
        `  ${style.bad(threadName(stray.worker))}: ${first}`,
        `    ${suspects(view, stray)}`,
        ...rest.map((line) => `  ${line}`),
      ];
    }),
    "",
  ];
}

function suspects(view: RunView, { suspects }: StrayRecord): string {
  const names = suspects.map((task) => view.tasks[task]!.name);
  if (names.length === 0) return "no task had run there";
  return names.length === 1
    ? `left behind by ${names[0]}`
    : `left behind by one of ${names.join(", ")}`;
}

/** An error in lines: its message, its members and cause, its own properties, the user's frames. */
function describeError(error: ErrorRecord, depth = 0): string[] {
  const [first = "", ...rest] = error.message.split("\n");
  const indent = "  ".repeat(depth + 1);
  const props = Object.entries(error.props ?? {}).map(([key, value]) =>
    `${indent}${key}: ${value}`
  );
  const members = (error.errors ?? []).flatMap((member, index) => {
    const [head = "", ...more] = describeError(member, depth + 1);
    return [`${indent}[${index}] ${head}`, ...more];
  });
  const cause = error.cause === undefined ? [] : causeLines(error.cause, depth, indent);
  return [
    `${error.type}: ${first}`,
    ...rest.map((line) => `${indent}${line}`),
    ...props,
    ...userFrames(error.stack).map((frame) => `${indent}${frame}`),
    ...members,
    ...cause,
  ];
}

function causeLines(cause: ErrorRecord, depth: number, indent: string): string[] {
  const [head = "", ...more] = describeError(cause, depth + 1);
  return [`${indent}caused by ${head}`, ...more];
}
