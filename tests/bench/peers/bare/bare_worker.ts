/**
 * A thread of the bare loop: takes a task, runs it, and decrements the counts of its dependents.
 */
import { workOf } from "../pools/work.mjs";
import { type Board, END, Word } from "./board.ts";

const scope = self as unknown as {
  onmessage: (event: MessageEvent<Board>) => void;
};

scope.onmessage = async ({ data }) => {
  const { control } = data;
  const work = workOf(data.kind, data.words);
  for (let run = 0;;) {
    Atomics.wait(control, Word.RUN, run);
    run = Atomics.load(control, Word.RUN);
    await runToEnd(data, work);
    Atomics.add(control, Word.PARKED, 1);
    Atomics.notify(control, Word.PARKED);
  }
};

async function runToEnd(board: Board, work: () => unknown): Promise<void> {
  let task = take(board);
  while (task !== END) {
    record(board, task << 1);
    const result = work();
    if (result instanceof Promise) await result;
    record(board, task << 1 | 1);
    if (board.endedMs.length > 0) board.endedMs[task] = performance.now();
    const next = finish(board, task);
    task = next >= 0 ? next : take(board);
  }
}

/** Takes the next position of the queue, and sleeps until it has a task. */
function take({ control, queue }: Board): number {
  const place = Atomics.add(control, Word.HEAD, 1);
  let entry = Atomics.load(queue, place);
  if (entry === 0) {
    Atomics.add(control, Word.SLEEPERS, 1);
    while ((entry = Atomics.load(queue, place)) === 0) Atomics.wait(queue, place, 0);
    Atomics.sub(control, Word.SLEEPERS, 1);
  }
  return entry === END ? END : entry - 1;
}

function put({ control, queue }: Board, entry: number): void {
  const place = Atomics.add(control, Word.TAIL, 1);
  Atomics.store(queue, place, entry);
  if (Atomics.load(control, Word.SLEEPERS) > 0) Atomics.notify(queue, place, 1);
}

/** Decrements dependents. Returns the first ready one for this thread; -1 when there is none. */
function finish(board: Board, task: number): number {
  const { control, waiting, start, list, workers } = board;
  let kept = -1;
  for (let i = start[task]!; i < start[task + 1]!; i++) {
    const dependent = list[i]!;
    if (Atomics.sub(waiting, dependent, 1) !== 1) continue;
    if (kept < 0) kept = dependent;
    else put(board, dependent + 1);
  }
  if (Atomics.sub(control, Word.LEFT, 1) === 1) {
    for (let i = 0; i < workers; i++) put(board, END);
    wakeMain(control);
  }
  return kept;
}

function record({ control, log }: Board, entry: number): void {
  if (log.length === 0) return;
  const place = Atomics.add(control, Word.LOGGED, 1);
  Atomics.store(log, place, entry + 1);
  if (Atomics.load(control, Word.MAIN_SLEEPS) === 1) wakeMain(control);
}

function wakeMain(control: Int32Array): void {
  if (Atomics.exchange(control, Word.MAIN_SLEEPS, 0) === 1) {
    Atomics.notify(control, Word.MAIN_SLEEPS);
  }
}
