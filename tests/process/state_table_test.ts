/** Tests of each row of the tables in docs/state.md, between processes. */
import { assert } from "@std/assert";
import { READS } from "../state/table_reads.ts";
import { VALUES } from "../state/table_values.ts";
import { WRITES } from "../state/table_writes.ts";
import { withRemoteReplicas } from "./remote_states.ts";

for (const [row, check] of Object.entries({ ...WRITES, ...VALUES, ...READS })) {
  Deno.test(`RemoteReplica behaves as in the row of docs/state.md ${row}`, async () => {
    assert(await withRemoteReplicas(check) > 0, "nobody joined by a file");
  });
}
