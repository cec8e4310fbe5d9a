/**
 * The build of the same packages with a cache: each step of a package is a task that declares the
 * files that it reads and writes. A step whose inputs have not changed is not run: its result, its
 * output and its files are restored.
 *
 * It shows `each` with dependencies of each case, `cache` with files of each case, and results that
 * keep dependents cached: a release depends on the bytes of the bundle, not on the sources.
 *
 *     deno run -A cli.ts -C examples/monorepo cached_build.ts
 *     deno run -A cli.ts -C examples/monorepo cached_build.ts --why
 *     deno run -A cli.ts -C examples/monorepo cached_build.ts --watch
 *     deno run -A cli.ts -C examples/monorepo cached_build.ts --changed=main --with-deps
 */
import { mark } from "@thread-order/cli";
import { deno } from "./package_tasks.ts";

/** The packages, with the packages that each imports. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  text: [],
  dates: [],
  table: ["text"],
  app: ["dates", "table"],
};
const names = Object.keys(PACKAGES);

/** The packages whose code a package runs: its own, and all that it imports. */
function closure(name: string): string[] {
  return [...new Set([name, ...PACKAGES[name]!.flatMap(closure)])];
}

const code = (name: string) => closure(name).map((it) => `${it}/mod.ts`);
const tests = (name: string) => `${name}/mod_test.ts`;

/** The type check of a package and its tests, after those of its imports. */
export const check = mark({
  each: names,
  after: (name) => PACKAGES[name]!.map((it) => `check.${it}`),
  cache: (name) => ({ files: [...code(name), tests(name)] }),
}, async (_state, name, task) => {
  await deno(task, "check", `${name}/mod.ts`, tests(name));
});

export const test = mark({
  each: names,
  after: (name) => [`check.${name}`],
  cache: (name) => ({ files: [...code(name), tests(name)] }),
}, async (_state, name, task) => {
  task.log.info((await deno(task, "test", "--no-check", tests(name))).split("\n").at(-1)!);
});

export const bundle = mark({
  each: names,
  after: (name) => [`check.${name}`],
  cache: (name) => ({ files: code(name), outputs: [`dist/${name}/**`] }),
}, async (_state, name, task) => {
  const file = `dist/${name}/${name}.js`;
  await deno(task, "bundle", "--output", file, `${name}/mod.ts`);
  return file;
});

/** The reference of each package: it depends on the code of this package alone. */
export const docs = mark({
  each: names,
  cache: (name) => ({ files: [`${name}/mod.ts`], outputs: [`reference/${name}/**`] }),
}, async (_state, name, task) => {
  await Deno.mkdir(`reference/${name}`, { recursive: true });
  await Deno.writeTextFile(`reference/${name}/api.txt`, await deno(task, "doc", `${name}/mod.ts`));
});

/** Runs the bundle of the app, if all tests have passed. */
export const release = mark(
  { after: { bundle: "bundle.app", tests: "test.*" }, cache: true },
  async (_state, task) => {
    const ran = await deno(task, "run", String(task.results.bundle));
    task.log.info(ran);
    return ran;
  },
);
