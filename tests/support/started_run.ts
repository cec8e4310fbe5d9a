/** A started run without workers. */
import { VERSION } from "../../src/runtime/package.ts";
import { DriverSession } from "../../src/engine/driver/driver_session.ts";
import { manifestOf } from "../../src/engine/manifest.ts";
import { PROTOCOL } from "../../src/engine/engine_protocol.ts";
import { SharedState } from "../../src/state/shared_state.ts";
import { TestSpace } from "./command.ts";
import type { ScriptRig } from "./script_rig.ts";

/** Starts a run of a module with one task; it waits for workers. */
export async function startedRun({ connections }: ScriptRig) {
  const space = await TestSpace.create();
  await space.module("work.ts", "export const a = mark(() => 1);");
  const module = `file://${space.folder}/work.ts`;
  const manifest = await manifestOf(module);
  const metadata = {
    protocol: PROTOCOL,
    version: VERSION,
    module: "work.ts",
    names: ["a"],
    manifest,
  };
  const session = new DriverSession(connections, "test", metadata);
  await session.claim();
  await session.open(SharedState.create().replica.takeSnapshot(), 1);
  await session.announce({
    code: { kind: "module", url: "work.ts" },
    rules: { storeResults: true, isStrict: false, timeoutMs: undefined, epochMs: 0 },
    ...{ hasSetup: false, hasTeardown: false, permissions: [null] },
  });
  return {
    module,
    connections,
    session,
    [Symbol.asyncDispose]: () => space[Symbol.asyncDispose](),
  };
}
