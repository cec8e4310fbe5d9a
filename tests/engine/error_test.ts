/** The error of an engine that rejects commands. */
import { assertRejects } from "@std/assert";
import { bullmqEngine, EngineError } from "../../bullmq.ts";
import { Scheduler } from "../../mod.ts";
import { engineTest, Server } from "../support/servers.ts";

engineTest(
  "Scheduler.start() throws an EngineError when the engine rejects commands",
  async (program) => {
    const refused = ["EVAL", "EVALSHA"].flatMap((name) => ["--rename-command", name, ""]);
    await using server = await Server.start(program, { args: refused });
    const s = new Scheduler({ engine: bullmqEngine(server.url), module: import.meta.url });
    s.register(() => 1, "a");
    await assertRejects(
      () => s.start(),
      EngineError,
      "Cannot use the engine at redis:",
    );
  },
);
