/** Mode "replay": the main program runs again, as the entry of a worker. */
import { partUrl } from "../runtime/package.ts";
import { type CollectedScheduler, realm } from "../task/realm.ts";

/**
 * In a worker whose entry is the main program: the first scheduler it makes turns the thread into a
 * worker of the pool. Loading that takes a turn; schedulers wait for it in `start()`.
 */
export function becomeReplayWorker(): void {
  if (realm().collector) return;
  const parked: (() => void)[] = [];
  const waiting: CollectedScheduler[] = [];
  realm().collector = {
    stateOf: () => undefined,
    collect: (scheduler) => waiting.push(scheduler),
    park: async (scheduler, start) => {
      await new Promise<void>((resolve) => parked.push(resolve));
      return await realm().collector!.park(scheduler, start);
    },
  };
  const url = partUrl("workers/task_worker").href;
  import(url).then(() => {
    for (const scheduler of waiting) realm().collector!.collect(scheduler);
    for (const resume of parked) resume();
  });
}
