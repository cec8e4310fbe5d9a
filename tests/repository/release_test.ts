/** The workflows for publishing and CI match the project. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { parse } from "@std/yaml";
import { inRepository, RunningCommand } from "../support/command.ts";
import { npmTest, Published, VERSION } from "../support/published_package.ts";

interface Step {
  readonly name?: string;
  readonly run?: string;
  readonly uses?: string;
  readonly "working-directory"?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

interface Workflow {
  readonly on: { readonly push: { readonly tags: readonly string[] } };
  readonly jobs: Readonly<
    Record<string, {
      readonly needs?: readonly string[];
      readonly permissions?: Readonly<Record<string, string>>;
      readonly steps: readonly Step[];
    }>
  >;
}

const read = (path: string) => Deno.readTextFileSync(inRepository(path));
const workflow = parse(read(".github/workflows/publish.yml")) as Workflow;
const steps = Object.values(workflow.jobs).flatMap((job) => job.steps);

Deno.test("publish.yml runs existing tasks and tools", async () => {
  const { tasks } = JSON.parse(read("deno.json"));
  const lines = steps.map(({ run = "" }) => run);
  const named = lines.flatMap((line) => /^deno task --frozen (\S+)/.exec(line)?.[1] ?? []);
  assertEquals(named, ["ok", "pack", "compile", "pack"]);
  const publishing = steps.filter(({ run }) => run?.startsWith("deno publish"));
  assertEquals(publishing.map((step) => step["working-directory"]), ["dist", "dist"]);
  assertEquals(named.filter((name) => !(name in tasks)), []);
  const files = lines.flatMap((line) => /^deno run -A (\S+\.ts)/.exec(line)?.[1] ?? []);
  assertEquals(files, ["tools/smoke_compiled.ts"]);
  for (const file of files) assert((await Deno.stat(inRepository(file))).isFile);
});

Deno.test("publish.yml uses the version of Deno that CI uses", () => {
  const [, gate] = /deno@([\d.]+)/.exec(read(".ci/run")) ?? [];
  const versions = steps.filter(({ uses }) => uses?.startsWith("denoland/setup-deno@"))
    .map((step) => step.with?.["deno-version"]);
  assertEquals(versions.length, 3);
  assertEquals(new Set(versions), new Set([gate]));
});

Deno.test("publish.yml publishes only tags, after all other jobs, with one signing job", () => {
  assertEquals(Object.keys(workflow.on), ["push"]);
  assertEquals(workflow.on.push, { tags: ["v*"] });
  const { publish, ...others } = workflow.jobs;
  assertEquals([...publish!.needs!].sort(), Object.keys(others).sort());
  assertEquals(publish!.permissions, { contents: "read", "id-token": "write" });
  assertEquals(Object.values(others).filter((job) => job.permissions !== undefined), []);
});

Deno.test("ci.yml and publish.yml pin every action by its hash", () => {
  for (const path of [".github/workflows/ci.yml", ".github/workflows/publish.yml"]) {
    const uses = read(path).split("\n").filter((line) => /\buses:/.test(line));
    assert(uses.length > 3, path);
    assertEquals(uses.filter((line) => !/@[0-9a-f]{40} # v[\d.]+$/.test(line)), [], path);
  }
});

Deno.test("ci.yml and publish.yml pass the repository's token to the checkout step only", () => {
  for (const path of [".github/workflows/ci.yml", ".github/workflows/publish.yml"]) {
    const { jobs } = parse(read(path)) as Workflow;
    const checkouts = Object.values(jobs).flatMap((job) => job.steps)
      .filter(({ uses }) => uses?.startsWith("actions/checkout@"));
    assertEquals(checkouts.length, 3, path);
    assertEquals(checkouts.map((step) => step.with?.["persist-credentials"]), [
      false,
      false,
      false,
    ]);
  }
});

/** Runs the script of a step with the current `deno`. */
function scriptOf(name: string): string {
  const script = steps.find((step) => step.name === name)?.run;
  assert(script !== undefined, `there is no step "${name}"`);
  const folder = Deno.execPath().replace(/[^/\\]*$/, "");
  return `set -e\nPATH='${folder}':$PATH\n${script}`;
}

Deno.test("publish.yml rejects a tag that differs from the version", async () => {
  const script = scriptOf("The tag is the version");
  for (const [tag, code] of [[`v${VERSION}`, 0], ["v9.9.9", 1], [VERSION, 1]] as const) {
    const line = ["bash", "-c", script];
    const { ended } = new RunningCommand(line, { env: { GITHUB_REF_NAME: tag, NO_COLOR: "1" } });
    assertEquals((await ended).code, code, tag);
  }
});

npmTest("publish.yml runs the published package in its last step", async () => {
  await using published = await Published.create();
  published.registry.ageMs = 1000;
  const young = VERSION.replace(/\d+$/, (patch) => `${Number(patch) + 1}`);
  const script = scriptOf("Run the published package");
  const run = (tag: string) =>
    published.start(["bash", "-c", script], {
      folder: inRepository(""),
      env: { GITHUB_REF_NAME: tag },
    }).ended;
  await published.publishAs(young);
  const other = await run(`v${young}`);
  assertEquals(other.code, 1, "a version other than its own");
  await published.publishAs(VERSION);
  const { code, stdout, stderr } = await run(`v${VERSION}`);
  assertEquals(code, 0, stderr);
  assertMatch(stdout, /^==== 3 passed, 0 failed, 0 skipped/m);
});

Deno.test("RELEASING.md names existing files, and docs/install.md the current version", () => {
  const text = read("RELEASING.md");
  for (const path of text.matchAll(/\b(?:src|workers|tests|tools|docs|\.github)\/[\w./-]+\.\w+/g)) {
    assert(Deno.statSync(inRepository(path[0])).isFile, path[0]);
  }
  assertMatch(read("docs/install.md"), new RegExp(`jsr:@thread-order/cli@${VERSION}$`, "m"));
});

Deno.test(".gitattributes sets the same line endings on every system", async () => {
  const line = ["git", "-c", "safe.directory=*", "ls-files", "--eol"];
  const { code, stdout, stderr } = await new RunningCommand(line, {}).ended;
  assertEquals(code, 0, stderr);
  const files = stdout.trimEnd().split("\n");
  assert(files.length > 500, "the files are not found any more");
  assertEquals(files.filter((it) => !it.includes("attr/text=auto eol=lf")), []);
});

Deno.test("ci.yml has three systems, stable and canary Deno, and existing tasks", () => {
  const ci = parse(read(".github/workflows/ci.yml")) as {
    jobs: Record<string, {
      strategy?: { matrix: Record<string, string[]> };
      env?: Record<string, string>;
      steps: Step[];
    }>;
  };
  const { strategy, env } = ci.jobs.test!;
  const { os, deno } = strategy!.matrix;
  assertEquals(os!.map((it) => it.split("-")[0]), ["ubuntu", "macos", "windows"]);
  assertEquals(deno, ["v2.x", "canary"]);
  const folders = [...env!.TESTS!.matchAll(/\btests\b[\w/]*/g)].map(([path]) => path);
  const { tasks } = JSON.parse(read("deno.json"));
  const lines = Object.values(ci.jobs).flatMap(({ steps }) => steps).map(({ run = "" }) => run);
  const files = lines.flatMap((line) => line.match(/[\w/]+\.(ts|json)\b(?<!deno\.json)/g) ?? []);
  assert(folders.length >= 5 && files.length >= 3, "what it runs is not found any more");
  for (const path of [...folders, ...files]) Deno.statSync(inRepository(path));
  const named = lines.flatMap((line) => /\bdeno task --frozen (\S+)/.exec(line)?.[1] ?? []);
  assertEquals(named.filter((name) => !(name in tasks)), []);
});
