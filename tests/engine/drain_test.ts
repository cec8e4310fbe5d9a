/** A worker that is stopped while its run has no driver. */
import { assertEquals } from "@std/assert";
import { statuses } from "../support/command.ts";
import { EngineRig, WAITING } from "../support/engine_rig.ts";
import { engineTest } from "../support/servers.ts";

engineTest(
  "tdrun worker waits for the next driver when it is stopped during a run",
  async (program) => {
    await using rig = await EngineRig.start(
      program,
      `${WAITING}
      export const a = mark(async (_, task) => { note("a"); task.log.info("a runs"); await go("go"); });
      `,
    );
    const worker = await rig.worker(["--workers=1"]);
    const first = rig.drive(["--run-id=long"]);
    await first.waitFor("a runs");
    first.kill("SIGKILL");
    await first.ended;
    worker.kill("SIGTERM");
    await worker.waitFor("SIGTERM");
    await new Promise((resolve) => setTimeout(resolve, 12_000)); // the time without a driver
    const second = rig.drive(["--run-id=long"]);
    await rig.space.file("go", "");
    const { code, stderr } = await second.ended;
    assertEquals(statuses(stderr), { a: "PASSED" }, stderr);
    assertEquals(code, 0);
    assertEquals(rig.ran(), ["a"]);
    const { stderr: log } = await worker.ended;
    assertEquals(/Left run.*/.exec(log)?.[0], "Left run long", log);
  },
  ["redis-server"],
);
