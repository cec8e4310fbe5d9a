/** Workers that run the main program again, and say hello or do not. */
import { assertEquals } from "@std/assert";
import { ReplayHandshakes } from "../../src/pool/replay_handshakes.ts";
import type { WorkerHandle } from "../../src/pool/worker_handle.ts";
import { bounded } from "../support/bounded.ts";

const [silent, heard] = [{}, {}] as unknown as [WorkerHandle, WorkerHandle];

Deno.test("ReplayHandshakes: a program that makes no scheduler, as where a test makes it, is told what to do", async () => {
  const hellos = new ReplayHandshakes(20);
  const said = Promise.withResolvers<string>();
  const given: string[] = [];
  hellos.start(heard, (message) => given.push(message));
  hellos.start(silent, said.resolve);
  hellos.end(heard);
  assertEquals(
    await bounded(said.promise, "the end of the wait"),
    "the main program, run again in the worker, created no scheduler within 0.02 s; " +
      'if a test creates it, use `mode: "inline"`: tests do not run in workers',
  );
  assertEquals(given, []);
});
