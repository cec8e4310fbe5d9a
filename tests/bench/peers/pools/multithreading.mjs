/**
 * multithreading: functions are sent as text, so that each kind of task is repeated here, and the
 * counter is in a Mutex of the library.
 */
import { drive } from "./drive.mjs";

const PACKAGE = "multithreading";
const { initRuntime, move, Mutex, shutdown, spawn } = await import(PACKAGE);

await drive(async ({ workers, kind }) => {
  initRuntime({ maxWorkers: workers });
  const mutex = new Mutex(new Int32Array(new SharedArrayBuffer(4)));
  const spawners = {
    noop: () => spawn(() => {}),
    async: () => spawn(async () => {}),
    cpu: () =>
      spawn(() => {
        let x = 1;
        for (let i = 0; i < 18_000_000; i++) x = (Math.imul(x, 1103515245) + 12345) | 0;
        return x;
      }),
    counter: () =>
      spawn(move(mutex), async (mutex) => {
        const guard = await mutex.lock();
        try {
          guard.value[0]++;
        } finally {
          guard.dispose();
        }
      }),
  };
  const start = spawners[kind];
  const run = async () => {
    const result = await start().join();
    if (!result.ok) throw result.error;
  };
  // A thread does not find a function that is sent again before it is loaded.
  await Promise.all(Array.from({ length: workers }, run));
  const counted = async () => {
    const guard = await mutex.lock();
    try {
      return guard.value[0] - (kind === "counter" ? workers : 0);
    } finally {
      guard.dispose();
    }
  };
  return { run, counted, close: shutdown };
});
