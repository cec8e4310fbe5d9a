/** Runs suites of the state again, with replicas that follow a file as a process does. */
import { assert } from "@std/assert";
import { joinRemotely } from "../process/remote_states.ts";

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

test("joinRemotely() replaces every join of the state suites", () => {
  assert(end() > 1000);
});
