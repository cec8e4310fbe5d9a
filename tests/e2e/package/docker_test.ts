/** The image of the Dockerfile: it runs modules without root and network, and handles signals. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { inRepository, lastLine } from "../../support/command.ts";
import { CONTAINER_PROGRAMS, Image, whyNoContainers } from "../../support/container.ts";

const reason = whyNoContainers();

const MODULE = `
import { mark } from "@thread-order/cli";
export const who = mark(() => console.log("user", Deno.uid()));
export const next = mark({ after: ["who"] }, (state) => console.log("region", state.region));
`;

const PROJECT = `
import { mark } from "@thread-order/cli";
import greeting from "greeting";
export const greet = mark(() => console.log(greeting));
`;

const ENDLESS = `
import { mark } from "@thread-order/cli";
export const wait = mark(async (_state, task) => {
  Deno.writeTextFileSync("/tmp/started", "");
  while (!task.signal.aborted) await new Promise((resolve) => setTimeout(resolve, 10));
});
`;

/** Maximum size in MiB of the command and its packages, those for engines included. */
const ADDED_MAX_MEBIBYTES = 40;

Deno.test({
  name: `Dockerfile ${
    reason ? `is not built, since ${reason}` : "builds an image that runs modules"
  }`,
  ignore: reason !== undefined,
  async fn(t) {
    const folder = await Deno.makeTempDir({ prefix: "thread-order-docker-" });
    await Deno.chmod(folder, 0o755);
    await Deno.writeTextFile(`${folder}/module.ts`, MODULE);
    await Deno.writeTextFile(`${folder}/endless.ts`, ENDLESS);
    await Deno.writeTextFile(`${folder}/state.yaml`, "region: north\n");
    await using image = await Image.build();

    await t.step(
      "tdrun runs a module on threads, as a user other than root, without a network",
      async () => {
        const args = ["module.ts", "--workers=2", "--state-file=state.yaml"];
        const { code, text } = await image.run(folder, args);
        assertStringIncludes(text, "] who: user 1993\n");
        assertStringIncludes(text, "] next: region north\n");
        assertStringIncludes(text, "Note: Cannot keep a journal");
        assertEquals([lastLine(text), code], ["==== 2 passed, 0 failed, 0 skipped", 0]);
      },
    );

    await t.step("--reporter and --isolate=process need no network", async () => {
      const files = ["html", "junit", "trace"].map((name) => `--reporter=${name}=/tmp/${name}`);
      const { code, text } = await image.run(folder, ["module.ts", "--isolate=process", ...files]);
      assertEquals([lastLine(text), code], ["==== 2 passed, 0 failed, 0 skipped", 0]);
    });

    await t.step("--engine needs no network except to the engine itself", async () => {
      const engine = "--engine=redis://127.0.0.1:1";
      for (const args of [["module.ts", engine], ["worker", "module.ts", engine]]) {
        const { code, text } = await image.run(folder, args);
        assertStringIncludes(
          text,
          "Cannot use the engine at redis://127.0.0.1:1: connection refused",
        );
        assertEquals(code, 2);
      }
    });

    await t.step("tdrun applies the imports of the module's deno.json", async () => {
      const project = `${folder}/project`;
      await Deno.mkdir(project);
      const imports = { greeting: "./greeting.ts" };
      await Deno.writeTextFile(`${project}/deno.json`, JSON.stringify({ imports }));
      await Deno.writeTextFile(`${project}/greeting.ts`, `export default "good day";`);
      await Deno.writeTextFile(`${project}/module.ts`, PROJECT);
      const { code, text } = await image.run(folder, ["project/module.ts"]);
      assertStringIncludes(text, "] greet: good day\n");
      assertEquals(code, 0);
    });

    await t.step("--user sets the owner of files", async () => {
      await Deno.chown(folder, 1000, 1000);
      const { code } = await image.run(folder, ["module.ts", "--log"], ["--user", "1000:1000"]);
      assertEquals(code, 0);
      for (const name of [".tdrun", "tdrun_main.log"]) {
        assertEquals((await Deno.stat(`${folder}/${name}`)).uid, 1000, name);
      }
    });

    for (const [signal, expected] of [["INT", 130], ["TERM", 143]] as const) {
      await t.step(`tdrun exits ${expected} when the first process gets SIG${signal}`, async () => {
        // Started by a shell that is interactive, since any other has its children ignore SIGINT.
        const { text } = await image.exec(folder, [
          "bash",
          "-c",
          `set -m
          rm -f /tmp/started
          ${image.command} endless.ts & first=$!
          until [ -e /tmp/started ]; do sleep 0.05; done
          kill -${signal} $first; wait $first; echo "ended with $?"`,
        ]);
        assertStringIncludes(text, `ended with ${expected}\n`);
      });
    }

    await t.step("tdrun prints the help when there are no arguments", async () => {
      const dockerfile = await Deno.readTextFile(new URL("../../../Dockerfile", import.meta.url));
      const args: string[] = JSON.parse(/^CMD (\[.*\])$/m.exec(dockerfile)![1]!);
      const { code, text } = await image.run(folder, args);
      assertStringIncludes(text, "Usage: tdrun [options]");
      assertEquals(code, 0);
    });

    await t.step("Dockerfile includes only the needed files", async () => {
      const { text } = await image.exec(folder, ["ls", "/app"]);
      const names = [
        ...["CHANGELOG.md", "LICENSE", "README.md", "bullmq.js", "bullmq.ts", "cli.js", "cli.ts"],
        ...["deno.json", "docs", "mod.js", "mod.ts", "offline.js", "offline.ts", "src"],
        ...["ui.d.ts", "ui.js", "ui.ts", "workers"],
      ];
      assertEquals(text.trim().split("\n").sort(), names);
      const { text: sizes } = await image.exec(folder, ["du", "-sk", "/app", "/deno-dir"]);
      const added = [...sizes.matchAll(/^(\d+)\t\//gm)].map(([, size]) => Number(size));
      assert(added.length === 2 && added[0]! + added[1]! <= ADDED_MAX_MEBIBYTES * 1024, sizes);
    });
    await Deno.remove(folder, { recursive: true });
  },
});

Deno.test("ci.yml and .ci/run install the programs that the test of the image needs", async () => {
  const read = (path: string) => Deno.readTextFile(inRepository(path));
  const gate = /^programs\+=\((.*)\)$/m.exec(await read(".ci/run"))![1]!;
  const job = / apt-get install .*?((?: [a-z]+)+)$/m.exec(
    await read(".github/workflows/ci.yml"),
  )![1]!;
  assertEquals(gate.split(" "), CONTAINER_PROGRAMS);
  assertEquals(job.trim().split(" "), CONTAINER_PROGRAMS);
});
