/** Each row of the README's table of the state, once more: between the main process and another. */
import { assert } from "@std/assert";
import { READS } from "../state/table_reads.ts";
import { VALUES } from "../state/table_values.ts";
import { WRITES } from "../state/table_writes.ts";
import { withRemoteReplicas } from "./remote_states.ts";

for (const [row, check] of Object.entries({ ...WRITES, ...VALUES, ...READS })) {
  Deno.test(`state table, between processes: ${row}`, async () => {
    assert(await withRemoteReplicas(check) > 0, "nobody joined by a file");
  });
}
