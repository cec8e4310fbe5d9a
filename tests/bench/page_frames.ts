/**
 * Frame times of the page of `tdrun ui` with a large graph: while a run is shown, while the graph
 * is panned, and while its search is typed. The run is a generated recording, so that all rounds
 * draw the same frames. Needs Chromium (Debian: `apt-get install chromium`), which draws in
 * software.
 *
 *     deno task bench:page [--tasks 20000] [--rounds 3] [--against ../other]
 *
 * `--against` names another checkout of this repository: the rounds of the two alternate.
 */
import { parseArgs } from "node:util";
import { type Browser, chromium, type Page } from "playwright-core";
import { urlToPath } from "../../src/runtime/file_url.ts";
import { chromiumPath } from "../support/chromium.ts";
import { RunningCommand } from "../support/command.ts";
import { withUiProcess } from "../support/ui_process.ts";
import { median, print, table } from "./peers/stats.ts";

const { values } = parseArgs({
  args: Deno.args,
  options: {
    tasks: { type: "string", default: "20000" },
    rounds: { type: "string", default: "3" },
    against: { type: "string" },
  },
});
const taskCount = Number(values.tasks);
/** Levels of the graph, and duration of the recorded run, in ms. */
const LEVELS = 40;
const RUN_MS = 4000;
const THREADS = 8;
/** Time limit of the process that serves the page, in ms. */
const UI_MS = 600_000;
const VIEWPORT = { width: 1280, height: 800 };
const SITUATIONS = ["run", "pan", "search"] as const;

/** 50th and 95th percentile and maximum of frame times, in ms. */
type Figures = readonly [p50: number, p95: number, max: number];

if (chromiumPath === undefined) throw new Error("Cannot measure frames: there is no Chromium");
const folder = await Deno.makeTempDir({ prefix: "page-frames-" });
await Deno.writeTextFile(
  `${folder}/run.ndjson`,
  recording().map((it) => JSON.stringify(it)).join("\n"),
);
const here = urlToPath(new URL("../../", import.meta.url));
const roots = [here, ...values.against === undefined ? [] : [await Deno.realPath(values.against)]];
const rounds = roots.map((): Figures[][] => []);
const browser = await chromium.launch({ executablePath: chromiumPath, args: ["--no-sandbox"] });
try {
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const [i, root] of roots.entries()) rounds[i]!.push(await measure(root, browser));
  }
} finally {
  await browser.close();
  await Deno.remove(folder, { recursive: true });
}
const rows = SITUATIONS.flatMap((situation, at) =>
  roots.map((root, i) => {
    const figures = rounds[i]!.map((round) => round[at]!);
    const cells = [0, 1, 2].map((part) => median(figures.map((it) => it[part]!)).toFixed(1));
    return [situation, root === here ? "this" : "other", ...cells];
  })
);
print(`${taskCount} tasks, medians of ${values.rounds} rounds, in ms\n`);
print(table(["situation", "checkout", "p50", "p95", "max"], rows));

/** A run of a layered graph, in which one task of a thousand fails. */
function recording(): Record<string, unknown>[] {
  const width = Math.ceil(taskCount / LEVELS);
  const tasks = Array.from({ length: taskCount }, (_, id) => {
    const above = id - width;
    const after = above < 0 ? [] : [above, Math.floor(id / width - 1) * width + id * 7 % width];
    return { name: `task_${id}`, after: [...new Set(after)], tags: [`tag_${id % 10}`] };
  });
  const events: Record<string, unknown>[] = [];
  const add = (elapsedMs: number, event: Record<string, unknown>) =>
    events.push({ ...event, seq: events.length, elapsedMs });
  const startedAt = "2026-01-01T00:00:00.000Z";
  add(0, { type: "run-started", schema: 1, tasks, workers: THREADS, startedAt, mocked: [] });
  for (const task of tasks.keys()) {
    const atMs = task / taskCount * RUN_MS;
    const worker = task % THREADS;
    const error = { type: "Error", message: "broken" };
    const outcome = task % 1000 === 999 ? { status: "failed", error } : { status: "passed" };
    add(atMs, { type: "task-queued", task });
    add(atMs, { type: "task-started", task, worker, attempt: 1 });
    add(atMs, { type: "task-finished", task, worker, outcome });
  }
  add(RUN_MS, { type: "run-finished", finishedAt: startedAt });
  return events;
}

/** Measures all situations in a new page of a checkout. */
function measure(root: string, browser: Browser): Promise<Figures[]> {
  const args = ["run", "-A", "--config", `${root}/deno.json`, `${root}/cli.ts`, "ui", "--no-open"];
  const ui = new RunningCommand([Deno.execPath(), ...args], { folder, limitMs: UI_MS });
  return withUiProcess(ui, async (url) => {
    const page = await browser.newPage({ viewport: VIEWPORT });
    await page.goto(url);
    const figures = [
      await frames(page, () => showRun(page)),
      await frames(page, () => pan(page)),
      await frames(page, () => search(page)),
    ];
    await page.close();
    return figures;
  });
}

/** Resolves when the replay runs; the first frames, which parse the file, are not measured. */
async function showRun(page: Page): Promise<void> {
  await page.fill("#recording", "run.ndjson");
  await page.press("#recording", "Enter");
  await page.waitForSelector("#play");
  await page.evaluate("frameTimes.length = 0");
  await page.waitForSelector("#verdict.failed");
}

async function pan(page: Page): Promise<void> {
  const box = (await page.locator("#graph").boundingBox())!;
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  await page.mouse.move(x, y);
  await page.mouse.down();
  for (let step = 0; step < 60; step++) {
    await page.mouse.move(x + 60 * Math.sin(step / 6), y + 30 * Math.cos(step / 6));
  }
  await page.mouse.up();
}

async function search(page: Page): Promise<void> {
  for (const text of ["task_19", "tag_7", "task_3"]) {
    await page.fill("#search", "");
    await page.locator("#search").pressSequentially(text, { delay: 30 });
  }
}

/** The intervals of the animation frames during an action. */
async function frames(page: Page, action: () => Promise<void>): Promise<Figures> {
  await page.evaluate(`
    const times = globalThis.frameTimes = [];
    requestAnimationFrame(function next(at) {
      if (frameTimes !== times) return;
      times.push(at);
      requestAnimationFrame(next);
    });
  `);
  await action();
  const times = await page.evaluate<number[]>("[frameTimes, globalThis.frameTimes = []][0]");
  const deltas = times.slice(1).map((at, i) => at - times[i]!).sort((a, b) => a - b);
  const at = (part: number) =>
    deltas[Math.min(deltas.length - 1, Math.floor(deltas.length * part))]!;
  return [at(0.5), at(0.95), deltas.at(-1)!];
}
