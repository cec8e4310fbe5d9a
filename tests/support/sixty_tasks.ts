/**
 * A project of six modules and 60 tasks, in the folder `flows`. All modules export the task `seed`
 * of another file. Each has a task that follows it, seven cases (`users`: six), a report and a
 * cleanup task. A case of `billing` fails, so its report is skipped.
 */
import type { TestSpace } from "./command.ts";

/** The names of the modules; `flows/users_flow.ts` is the first one's file. */
export const FLOWS = ["users", "orders", "catalog", "billing", "search", "mail"] as const;

/** Number of tasks of the project. */
export const TASKS = 60;

/** The file of a module of the project. */
export function flowFile(flow: typeof FLOWS[number]): string {
  return `flows/${flow}_flow.ts`;
}

/** Writes the project, and a module `all.ts` that exports the modules as namespaces. */
export async function writeSixtyTasks(space: TestSpace): Promise<void> {
  await Deno.mkdir(`${space.folder}/flows`);
  await space.module("seed.ts", `export const seed = mark(() => ({ rows: 3 }));`);
  for (const flow of FLOWS) await space.module(flowFile(flow), flowSource(flow));
  await space.file(
    "all.ts",
    FLOWS.map((flow) => `export * as ${flow} from "./${flowFile(flow)}";\n`).join(""),
  );
}

function flowSource(flow: typeof FLOWS[number]): string {
  const cases = Array.from({ length: flow === "users" ? 6 : 7 }, (_, i) => i);
  return `
    import { seed } from "../seed.ts";
    export { seed };
    export const load = mark({ after: { seed }, tags: ["db"] }, (_state, task) => {
      console.log("${flow} loads", task.results.seed.rows);
    });
    export const check = mark({ after: [load], each: ${JSON.stringify(cases)} }, (_state, i) => {
      if ("${flow}" === "billing" && i === 3) throw new Error("no bill");
      if (i === 1) console.error("${flow} checks");
    });
    export const report = mark({ after: [check], tags: ["report"] }, () => "${flow}");
    export const close = mark({ after: [load], when: "always" }, () => {});
  `;
}
