/** The workflow that publishes: that it does what the project has. */
import { assert, assertEquals } from "@std/assert";
import { parse } from "@std/yaml";
import { inRepository } from "./support/command.ts";

interface Step {
  readonly run?: string;
  readonly uses?: string;
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

Deno.test("publish.yml: every task and tool it runs is there", async () => {
  const { tasks } = JSON.parse(read("deno.json"));
  const lines = steps.map(({ run = "" }) => run);
  const named = lines.flatMap((line) => /^deno task (\S+)/.exec(line)?.[1] ?? []);
  assertEquals(named, ["ok", "compile"]);
  assertEquals(named.filter((name) => !(name in tasks)), []);
  const files = lines.flatMap((line) => /^deno run -A (\S+\.ts)/.exec(line)?.[1] ?? []);
  assertEquals(files, ["tools/smoke_compiled.ts"]);
  for (const file of files) assert((await Deno.stat(inRepository(file))).isFile);
});

Deno.test("publish.yml: one version of Deno, the one that the gate runs with", () => {
  const [, gate] = /deno@([\d.]+)/.exec(read(".ci/run")) ?? [];
  const versions = steps.filter(({ uses }) => uses?.startsWith("denoland/setup-deno@"))
    .map((step) => step.with?.["deno-version"]);
  assertEquals(versions.length, 3);
  assertEquals(new Set(versions), new Set([gate]));
});

Deno.test("publish.yml: tags alone publish, after all else, and one job alone may sign", () => {
  assertEquals(Object.keys(workflow.on), ["push"]);
  assertEquals(workflow.on.push, { tags: ["v*"] });
  const { publish, ...others } = workflow.jobs;
  assertEquals([...publish!.needs!].sort(), Object.keys(others).sort());
  assertEquals(publish!.permissions, { contents: "read", "id-token": "write" });
  assertEquals(Object.values(others).filter((job) => job.permissions !== undefined), []);
});
