// deno-lint-ignore-file no-console -- the example prints its result
/**
 * Callbacks of a run. Callbacks are called on the main thread; arguments after the function are
 * passed on. i06 fails on purpose, and its dependents i12 and i13, and theirs, are skipped.
 *
 *     deno run -A examples/scheduler/callbacks.ts
 */
import { Scheduler } from "@thread-order/cli";

const s = new Scheduler({ workers: 5, skipDependents: true });

const work = () => new Promise<void>((resolve) => setTimeout(resolve, 10 + Math.random() * 50));

s.register(work, "i01");
s.register(work, "i02");
s.register(work, "i04");
s.register(work, "i05", { after: ["i01"] });
s.register(
  () => {
    throw new Error("error with i06");
  },
  "i06",
  { after: ["i01"] },
);
s.register(work, "i09", { after: ["i04"] });
s.register(work, "i12", { after: ["i06"] });
s.register(work, "i13", { after: ["i06"] });
s.register(work, "i16", { after: ["i12"] });

if (import.meta.main) {
  const threads = new Map<string, string>();

  s.onSchedulerStart(({ totalTasks, workers }) => {
    console.log(`Starting ${totalTasks} tasks on ${workers} threads`);
  });
  s.onTaskStart((name) => console.log("[start]", name));
  s.onTaskRun((name, thread, seen) => void seen.set(name, thread), threads);
  s.onTaskDone((name, _thread, status, count) => console.log("[done ]", name, status, count));
  s.onSchedulerDone((summary) => {
    const { failed, skipped, failureCounts } = summary;
    console.log(JSON.stringify({ failed, skipped, failureCounts }, null, 2));
  });

  await s.start();
  console.log(`${threads.size} tasks ran`);
}
