/**
 * The programs of the first-run bench: one graph as a module for the command, as a program with a
 * scheduler, and the least program that loads the module in as many threads.
 */
import { afterOf, type Shape } from "../peers/dags.ts";

/** The paths of one graph's programs. */
export interface Programs {
  /**
   * Loads the module on the main thread and in two workers, and calls each function once, half of
   * them in each worker. It has no order, no results and no events.
   */
  readonly least: string;
  /** A module of marked functions. */
  readonly module: string;
  /** Registers the functions with a scheduler, and starts it. */
  readonly scheduler: string;
}

/** Writes the programs of a graph of tasks that do nothing. */
export function writePrograms(folder: string, shape: Shape, tasks: number): Programs {
  const after = afterOf(shape, tasks).map((ids) => ids.map((id) => `t${id}`));
  const write = (name: string, lines: readonly string[]) => {
    const path = `${folder}/${name}_${shape}_${tasks}.ts`;
    Deno.writeTextFileSync(path, `${lines.join("\n")}\n`);
    return path;
  };
  const module = write("module", [
    `import { mark } from "@thread-order/cli";`,
    ...after.map((names, id) =>
      `export const t${id} = mark({ after: ${JSON.stringify(names)} }, () => {});`
    ),
  ]);
  const worker = write("worker", leastWorker(module));
  return {
    least: write("least", leastMain(module, worker)),
    module,
    scheduler: write("scheduler", [
      `import { Scheduler } from "@thread-order/cli";`,
      "const s = new Scheduler({ workers: 2 });",
      `const after = ${JSON.stringify(after)};`,
      "after.forEach((names, id) => s.register(() => {}, `t${id}`, { after: names }));",
      "if (import.meta.main) {",
      "  const { passed } = await s.start();",
      `  Deno.exit(passed.length === ${tasks} ? 0 : 1);`,
      "}",
    ]),
  };
}

function leastMain(module: string, worker: string): string[] {
  return [
    "const done = [0, 1].map((half) => {",
    `  const worker = new Worker("file://${worker}", { type: "module" });`,
    "  const { promise, resolve } = Promise.withResolvers<unknown>();",
    "  worker.onmessage = resolve;",
    "  worker.postMessage(half);",
    "  return promise;",
    "});",
    `await import("file://${module}");`,
    "await Promise.all(done);",
    "Deno.exit(0);",
  ];
}

function leastWorker(module: string): string[] {
  return [
    `import * as tasks from "file://${module}";`,
    "const all = Object.values(tasks) as (() => void)[];",
    "onmessage = ({ data: half }) => {",
    "  for (let i = half; i < all.length; i += 2) all[i]!();",
    "  postMessage(half);",
    "};",
  ];
}
