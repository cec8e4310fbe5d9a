/**
 * Suites of the state, once more: every thread that joins a state in them follows a file, as a process does.
 * Their tests have the names that they have among threads.
 */
import { assert } from "@std/assert";
import { joinRemotely } from "./remote_states.ts";

/** Tests of threads that block, or that are alive after a fence: a process does neither. */
const ABOUT_THREADS = /^(SharedState\.fence\(\)|ThreadLock) /;

const { test } = Deno;
Object.assign(Deno, {
  test: (name: string, run: () => void | Promise<void>) => {
    if (!ABOUT_THREADS.test(name)) test(name, run);
  },
});

const end = joinRemotely();
for (
  const suite of [
    "commands",
    "identity",
    "limits",
    "lock",
    "mutators",
    "refusals",
    "update",
    "views",
  ]
) {
  await import(`../state/${suite}_test.ts`);
}

test("state suites, between processes: whoever joined followed a file", () => {
  assert(end() > 1000);
});
