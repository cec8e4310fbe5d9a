/**
 * The build of a monorepo with four packages: `app` depends on `dates` and `table`, `table` on
 * `text`. Each package is type-checked, tested and bundled; packages that do not depend on each
 * other are built in parallel.
 *
 * It shows tasks that a function creates, modules of tasks under a name for each (`text.check`), a
 * dependency on all tasks that a glob matches, tasks that run a command, and tags.
 *
 *     deno run -A cli.ts examples/monorepo/build.ts
 *     deno run -A cli.ts examples/monorepo/build.ts --tags=test --with-deps
 *     deno run -A cli.ts examples/monorepo/build.ts::table.* --with-deps
 *     deno run -A cli.ts examples/monorepo/build.ts --bundles=dist --graph=levels
 */
import { mark } from "@thread-order/cli";
import * as app from "./app/tasks.ts";
import * as dates from "./dates/tasks.ts";
import * as table from "./table/tasks.ts";
import * as text from "./text/tasks.ts";
import { type Build, deno } from "./package_tasks.ts";

/** The tasks of the packages: app.check, app.test, app.bundle, dates.check, … */
export { app, dates, table, text };

/** Runs once, on the main thread, before the first task. */
export function setupState(state: Build): void {
  state.bundles ??= Deno.makeTempDirSync({ prefix: "monorepo-" }); // unless --bundles=… is given
  Deno.mkdirSync(state.bundles, { recursive: true });
}

/** Runs the bundle of the app, if all tests have passed. */
export const release = mark(
  { after: { bundle: app.bundle, tests: "*.test" } },
  async (_state: Build, task) => {
    const { file, bytes } = task.results.bundle;
    task.log.info(await deno(task, "run", file));
    task.log.info(`${file}: ${bytes} bytes`);
  },
);
