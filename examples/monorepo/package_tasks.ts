/** The tasks of a package: type check, tests, bundle. */
import { mark, type State, type Task, type TaskContext } from "@thread-order/cli";

/** The state of the build. */
export type Build = State<{
  /** The folder of the bundles. */
  bundles: string;
}>;

/** A task of the build that returns an `R`. */
export type Step<R = string> = Task<Promise<R>>;

/** The tasks of a package. */
export interface PackageTasks {
  check: Step;
  test: Step;
  bundle: Step<{ file: string; bytes: number }>;
}

/**
 * Creates the tasks of a package. A package is checked after its dependencies, so that a type error
 * is reported once, not by each dependent.
 */
export function packageTasks(name: string, ...dependencies: PackageTasks[]): PackageTasks {
  const folder = `${import.meta.dirname}/${name}`;
  const [code, tests] = [`${folder}/mod.ts`, `${folder}/mod_test.ts`];
  const check = mark(
    { after: dependencies.map(({ check }) => check), tags: "check" },
    (_state: Build, task) => deno(task, "check", code, tests),
  );
  const test = mark(
    { after: [check], tags: "test" },
    (_state: Build, task) => deno(task, "test", "--no-check", tests),
  );
  const bundle = mark(
    { after: [check], tags: "bundle" },
    async (state: Build, task) => {
      const file = `${state.bundles}/${name}.js`;
      await deno(task, "bundle", "--output", file, code);
      return { file, bytes: (await Deno.stat(file)).size };
    },
  );
  return { check, test, bundle };
}

/** Runs `deno` with arguments. Returns what it prints, or throws it if the command fails. */
export async function deno(task: TaskContext, command: string, ...args: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [command, "--quiet", ...args],
    env: { NO_COLOR: "1" },
    signal: task.signal,
  }).output();
  const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  if (!success) throw new Error(`deno ${command} failed\n${out}${err}`);
  return out!.trimEnd();
}
