/** `--order`: the order of ready tasks. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { order } from "../../support/command.ts";
import { inEachWay } from "../../support/in_every_way.ts";

const MODULE = `
  const busy = (ms) => { const end = performance.now() + ms; while (performance.now() < end); };
  export const a = mark(() => {});
  export const b = mark(() => {});
  export const c = mark({ after: ["b"] }, () => {});
  export const slow = mark(() => busy(250));
`;

inEachWay(
  "--order sorts ready tasks by name, by path or by recorded duration",
  async (way) => {
    await using space = await way.space();
    await space.module("module.ts", MODULE);
    const run = async (...args: string[]) => {
      const { code, stderr } = await space.tdrun(["module.ts", "--workers=1", ...args]);
      assertEquals(code, 0, stderr);
      return order(stderr);
    };
    assertEquals(await run(), ["a", "b", "c", "slow"]);
    assertEquals(await run("--order=path"), ["b", "a", "c", "slow"]);
    assertEquals((await run("--order=recorded"))[0], "slow");
  },
);

inEachWay(
  "--order=recorded prints a note and runs when the journal is invalid",
  async (way) => {
    await using space = await way.space();
    await space.module("module.ts", MODULE);
    await space.tdrun(["module.ts"]);
    const [journal] = [...Deno.readDirSync(`${space.folder}/.tdrun`)]
      .map(({ name }) => name).filter((name) => name.endsWith(".ndjson"));
    await space.file(`.tdrun/${journal}`, "broken\n");
    const { code, stderr } = await space.tdrun(["module.ts", "--order=recorded"]);
    assertStringIncludes(stderr, "Note: no recorded durations: Cannot read the journal");
    assertEquals(code, 0);
  },
);
