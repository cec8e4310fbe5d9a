// deno-lint-ignore-file no-console -- the example prints its result
/**
 * Seventeen tasks from a table, registered in a loop.
 *
 *     deno run -A examples/scheduler/register.ts
 */
import { Scheduler, type TaskContext } from "@thread-order/cli";

const ORDER: Record<string, string[]> = {
  i01: [],
  i02: [],
  i03: [],
  i04: [],
  i05: ["i01"],
  i06: ["i01"],
  i07: ["i01"],
  i08: ["i01"],
  i09: ["i04"],
  i10: ["i04"],
  i11: ["i04"],
  i12: ["i06"],
  i13: ["i06"],
  i14: ["i06"],
  i15: ["i09"],
  i16: ["i12"],
  i17: ["i16"],
};

const s = new Scheduler({ workers: 5, setupLogging: true, addFileHandler: false });

for (const [name, after] of Object.entries(ORDER)) {
  s.register((task: TaskContext) => run(task), name, { after });
}

async function run(task: TaskContext): Promise<void> {
  const pause = 10 + Math.random() * 50;
  task.log.info(`${task.name} runs on ${task.thread} for ${Math.round(pause)} ms`);
  await new Promise((resolve) => setTimeout(resolve, pause));
}

if (import.meta.main) {
  const summary = await s.start();
  console.log(summary.text);
}
