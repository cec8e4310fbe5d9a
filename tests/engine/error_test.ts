/** What is thrown where an engine answers, and does not do what it is told. */
import { assertRejects } from "@std/assert";
import { bullmqEngine, EngineError } from "../../bullmq.ts";
import { Scheduler } from "../../mod.ts";
import { engineTest, Server } from "../support/servers.ts";

engineTest("Scheduler.start() on an engine that refuses: an EngineError", async (program) => {
  const refused = ["EVAL", "EVALSHA"].flatMap((name) => ["--rename-command", name, ""]);
  await using server = await Server.start(program, { args: refused });
  const s = new Scheduler({ engine: bullmqEngine(server.url), module: import.meta.url });
  s.register(() => 1, "a");
  await assertRejects(
    () => s.start(),
    EngineError,
    "Cannot use the engine at redis:",
  );
});
