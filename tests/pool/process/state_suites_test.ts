/**
 * Suites of the state, once more: every thread that joins a state in them follows a file, as a process does.
 * Their tests have the names that they have among threads.
 */
import { joinRemotely } from "./remote_states.ts";

joinRemotely();
for (
  const suite of [
    "codec",
    "commands",
    "identity",
    "lock",
    "log",
    "mutators",
    "refusals",
    "update",
    "views",
  ]
) {
  await import(`../../state/${suite}_test.ts`);
}
