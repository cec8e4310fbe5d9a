/** Each row of the README's table of the state, once more: between the main process and another. */
import { assert, assertEquals } from "@std/assert";
import { joining } from "../../state/replicas.ts";
import { READS } from "../../state/table_reads.ts";
import { VALUES } from "../../state/table_values.ts";
import { WRITES } from "../../state/table_writes.ts";
import type { SharedState } from "../../../src/state/shared_state.ts";
import { RemoteStates } from "./remote_states.ts";

for (const [row, check] of Object.entries({ ...WRITES, ...VALUES, ...READS })) {
  Deno.test(`state table, between processes: ${row}`, async () => {
    const files = new Map<SharedState, RemoteStates>();
    const { join } = joining;
    let joined = 0;
    joining.join = (shared, handle) => {
      shared.dismiss(handle);
      const remote = files.get(shared) ?? new RemoteStates(shared);
      files.set(shared, remote);
      joined++;
      return remote.join(handle.name).state;
    };
    try {
      await check();
    } finally {
      joining.join = join;
      for (const remote of files.values()) remote[Symbol.dispose]();
    }
    if (!LONE.includes(row)) assert(joined > 0, "nobody joined by a file");
  });
}

/** Rows about one thread's own end. */
const LONE: readonly string[] = [];

Deno.test("state table, between processes: the exceptions are rows", () => {
  assertEquals(LONE.filter((row) => !(row in { ...WRITES, ...VALUES, ...READS })), []);
});
