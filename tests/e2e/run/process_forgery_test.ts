/** `--isolate=process`: a task without permissions can still write to the pipe of all processes. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { TestSpace } from "../../support/command.ts";

const FRAMES = import.meta.resolve("../../../src/process/framing.ts");
const PLAN = import.meta.resolve("../../../src/plan/task_status.ts");

Deno.test("--isolate=process ignores messages that a task forges for another one", async () => {
  await using space = await TestSpace.create();
  const { code, stdout, stderr } = await space.tdrunModule(
    `
    import { writeChunks } from ${JSON.stringify(FRAMES)};
    import { TaskState } from ${JSON.stringify(PLAN)};
    const folder = new URL(".", Deno.mainModule).pathname;
    const turn = () => new Promise((resolve) => setTimeout(resolve));
    export const forger = mark({ permissions: "none" }, async (state) => {
      while (!state.isStarted) await turn();
      const files = [...Deno.readDirSync(folder)].filter(({ isFile }) => isFile);
      const texts = files.map(({ name }) => Deno.readTextFileSync(folder + name));
      texts.push(await new Response(Deno.stdin.readable).text());
      const known = texts.flatMap((text) => text.match(/\\b[0-9a-f]{32}\\b/g) ?? []);
      const keys = [...known, "00".repeat(16), "ff".repeat(16)].map((key) => Uint8Array.fromHex(key));
      const up = Deno.openSync(folder + "up", { write: true });
      const message = { type: "settled", task: 1, outcome: TaskState.PASSED, marked: [] };
      for (const key of keys) writeChunks((piece) => up.writeSync(piece), key, message);
      up.writeSync(new Uint8Array(5)); // where a piece would begin
      state.isForged = true;
      console.log("keys found: " + known.length);
    });
    export const victim = mark(async (state) => {
      state.isStarted = true;
      while (!state.isForged) await turn();
      throw new Error("fails indeed");
    });
    `,
    ["--isolate=process", "--no-journal", "--workers=2", "--timeout=20s"],
  );
  assertEquals(code, 1, stderr);
  assertStringIncludes(stdout, "keys found: 0\n");
  assertStringIncludes(stdout, "  victim: Error: fails indeed\n");
  assertStringIncludes(stdout, "==== 1 passed, 1 failed, 0 skipped in ");
});
