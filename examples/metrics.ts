/**
 * Code metrics of this repository: finds the TypeScript files, measures four folders in parallel,
 * and writes a report.
 *
 * It shows cases (`each`), results of dependencies, state that the threads share while they run,
 * the lock, and a mutex for the file to which two tasks append.
 *
 *     deno run -A cli.ts examples/metrics.ts
 *     deno run -A cli.ts examples/metrics.ts --graph=levels
 *     deno run -A cli.ts examples/metrics.ts --workers=1 --durations=3
 */
import { globSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { mark, type State } from "@thread-order/cli";

const FOLDERS = ["src", "tests", "tools", "examples"];

type Metrics = State<{
  root: string;
  /** The file of the report. */
  report: string;
  /** The number of files measured so far, by all threads. */
  measured: number;
  /** The longest files so far. */
  longest: { path: string; lines: number }[];
}>;

/** Runs once, on the main thread, before the first task. */
export function setupState(state: Metrics): void {
  state.root ??= `${import.meta.dirname}/..`; // unless --root=… is given
  state.report = Deno.makeTempFileSync({ prefix: "metrics-", suffix: ".md" });
  state.measured = 0;
  state.longest = [];
}

/** Colors of the log, on a terminal. */
export const addLoggingHighlights = () => [[/█+/, "cyan"]];

export const find_files = mark((state: Metrics, task) => {
  const files = globSync(`{${FOLDERS}}/**/*.ts`, { cwd: state.root });
  task.log.info(`${files.length} files in ${FOLDERS.length} folders`);
  return Object.groupBy(files, (path) => path.split(/[/\\]/)[0]!);
});

/** A task for each folder: measure.src, measure.tests, … */
export const measure = mark(
  { after: { find_files }, each: FOLDERS },
  async (state: Metrics, folder, task) => {
    const total = { folder, files: 0, lines: 0, comments: 0, gzipped: 0 };
    for (const path of task.results.find_files[folder] ?? []) {
      const text = await Deno.readTextFile(`${state.root}/${path}`);
      const lines = text.split("\n").slice(0, -1);
      total.files += 1;
      total.lines += lines.length;
      total.comments += lines.filter((line) => /^ *(\/\/|\/?\*)/.test(line)).length;
      total.gzipped += gzipSync(text).length;

      using _lock = state._state_lock.acquire(); // until the end of the block
      state.measured += 1;
      state.longest = [...state.longest, { path, lines: lines.length }]
        .sort((a, b) => b.lines - a.lines).slice(0, 3);
    }
    task.log.info(`${total.files} files, ${state.measured} so far on all threads`);
    return total;
  },
);

export const sizes = mark({ after: { measure }, mutex: "report" }, (state: Metrics, task) => {
  const rows = task.results.measure;
  const most = Math.max(...rows.map(({ lines }) => lines));
  for (const { folder, lines } of rows) {
    const bar = "█".repeat(Math.ceil((24 * lines) / most));
    task.log.info(`${folder.padEnd(8)} ${String(lines).padStart(6)} lines ${bar}`);
  }
  append(state, "Sizes", [
    "| folder | files | lines | comments | bytes, gzipped |",
    "| ------ | ----: | ----: | -------: | -------------: |",
    ...rows.map((row) => `| ${Object.values(row).join(" | ")} |`),
  ]);
});

export const longest_files = mark({ after: [measure], mutex: "report" }, (state: Metrics, task) => {
  const list = state.longest.map(({ path, lines }) => `${lines} lines in ${path}`);
  for (const line of list) task.log.info(line);
  append(state, "Longest files", list.map((line) => `1. ${line}`));
});

export const finish = mark({ after: [sizes, longest_files] }, (state: Metrics, task) => {
  task.log.info(`${state.measured} files measured, report in ${state.report}`);
});

function append({ report }: Metrics, title: string, lines: string[]): void {
  Deno.writeTextFileSync(report, `## ${title}\n\n${lines.join("\n")}\n\n`, { append: true });
}
