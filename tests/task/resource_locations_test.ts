/** The modules that resources are attributed to. */
import { assertEquals } from "@std/assert";
import { captureTrace } from "../../src/runtime/call_sites.ts";
import { ExportedTasks } from "../../src/task/discover.ts";
import { RESOURCE_TRACE_DEPTH, resourceLocations } from "../../src/task/mark_locations.ts";
import { MarkRecorder } from "../../src/task/mark_recorder.ts";
import { LIBRARY, TestSpace } from "../support/command.ts";

Deno.test("resourceLocations() has the module whose top level created a resource", async () => {
  await using space = await TestSpace.create();
  await space.file(
    "make.ts",
    `import { resource } from "${LIBRARY}";
     export const make = (value) => resource(() => value);`,
  );
  await space.file("db.ts", `import { make } from "./make.ts"; export const db = make("db");`);
  await space.file(
    "module.ts",
    `import { resource } from "${LIBRARY}";
     import { make } from "./make.ts";
     export { db } from "./db.ts";
     export const own = resource(() => 1);
     export const made = make("made");
     const _hidden = make("hidden");`,
  );
  using recorder = new MarkRecorder({
    captureResource: () => captureTrace(undefined, RESOURCE_TRACE_DEPTH),
  });
  const namespace = await import(`file://${space.folder}/module.ts`);
  const found = resourceLocations(recorder.resources, new ExportedTasks(namespace));
  const modules = [...found].map(([name, { module, calls }]) => {
    const own = calls.filter((call) => call.includes(space.folder));
    return [name, module.replace(/.*\//, ""), own.length];
  });
  assertEquals(modules, [["db", "db.ts", 2], ["own", "module.ts", 1], ["made", "module.ts", 2]]);
});
