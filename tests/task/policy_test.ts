import { assertEquals, assertThrows } from "@std/assert";
import { durationMs } from "../../src/base/duration.ts";
import {
  checkPolicy,
  checkRetries,
  type PolicyOptions,
  retryDelayMs,
  type RetryOptions,
} from "../../src/task/policy.ts";

Deno.test("checkPolicy() omits options that are not given, and returns undefined for none", () => {
  assertEquals(checkPolicy({}), undefined);
  assertEquals(checkPolicy({ timeout: "1.5s" }), { timeoutMs: 1500 });
  assertEquals(checkPolicy({ mutex: ["b", "a", "b"] }), { mutex: ["a", "b"] });
  assertEquals(checkPolicy({ tokens: { b: 1, a: 2 } }), { tokens: [["a", 2], ["b", 1]] });
  assertEquals(checkPolicy({ mutex: "db", weight: 2, priority: -1, when: "always" }), {
    mutex: ["db"],
    weight: 2,
    priority: -1,
    when: "always",
  });
  assertEquals(checkPolicy({ permissions: { net: true } }), { permissions: { net: true } });
  const edges = { count: 1000, factor: 1, jitter: 1 };
  assertEquals(checkPolicy({ retries: edges })?.retries, {
    ...edges,
    delayMs: 0,
    maxDelayMs: 60_000,
  });
  assertEquals(checkPolicy({ retries: 3 })?.retries, {
    count: 3,
    delayMs: 0,
    factor: 2,
    maxDelayMs: 60_000,
    jitter: 0,
  });
});

const wrong: [options: unknown, message: string][] = [
  [{ timeout: 0 }, "Cannot use the timeout 0"],
  [
    { timeout: "soon" },
    'Cannot use the timeout "soon": expected milliseconds, or a time like "250ms"',
  ],
  [{ timeout: -1 }, "Cannot use the timeout -1"],
  [{ timeout: NaN }, "Cannot use the timeout NaN"],
  [{ retries: -1 }, "Cannot use retries -1: expected an integer from 0"],
  [{ retries: "2" }, 'Cannot retry "2"'],
  [{ retries: null }, "Cannot retry null"],
  [{ retries: { count: 1, factor: 0.5 } }, "Cannot retry with the factor 0.5"],
  [{ retries: { count: 1, jitter: 2 } }, "Cannot retry with the jitter 2"],
  [{ retries: { count: 1, delay: "1 day" } }, 'Cannot use the delay "1 day"'],
  [{ mutex: [], weight: 0 }, "Cannot use weight 0"],
  [{ mutex: [1] }, "Cannot use the mutex [ 1 ]"],
  [{ mutex: "" }, 'Cannot use the mutex ""'],
  [{ weight: 1.5 }, "Cannot use weight 1.5"],
  [{ retries: { count: 1, factor: "2" } }, 'Cannot retry with the factor "2"'],
  [{ retries: { count: 1, jitter: "0.5" } }, 'Cannot retry with the jitter "0.5"'],
  [{ retries: { count: 1, jitter: -0.1 } }, "Cannot retry with the jitter -0.1"],
  [{ retries: { count: 1, often: true } }, "Cannot retry"],
  [{ retries: 1001 }, "Cannot use retries 1001: expected an integer from 0 to 1000"],
  [{ mutex: 5 }, "Cannot use the mutex 5"],
  [{ tokens: { gpu: 0 } }, 'Cannot use 0 tokens "gpu"'],
  [{ tokens: { gpu: "2" } }, 'Cannot use "2" tokens "gpu"'],
  [{ tokens: ["gpu"] }, 'Cannot use the tokens [ "gpu" ]'],
  [{ priority: NaN }, "Cannot use the priority NaN"],
  [{ priority: "1" }, 'Cannot use the priority "1"'],
  [{ priority: "high" }, 'Cannot use the priority "high"'],
  [{ when: "never" }, 'Cannot run a task when "never"'],
];
for (const [options, message] of wrong) {
  Deno.test(`checkPolicy() rejects ${Deno.inspect(options)}`, () => {
    const error = assertThrows(() => checkPolicy(options as PolicyOptions), Error) as Error;
    assertEquals(error.message.slice(0, message.length), message);
  });
}

Deno.test("durationMs() parses units and fractions, and takes numbers as milliseconds", () => {
  const lengths = ["250ms", "250", "30s", "1.5m", "2h", " 7s ", "1 s", "0.5 h"].map((it) =>
    durationMs(it, "time")
  );
  assertEquals(lengths, [250, 250, 30_000, 90_000, 7_200_000, 7_000, 1_000, 1_800_000]);
  assertEquals(durationMs(0, "time"), 0);
  assertThrows(() => durationMs("30d", "time"), RangeError, 'Cannot use the time "30d"');
  assertThrows(() => durationMs("1000h", "time"), RangeError);
});

Deno.test("checkRetries() raises the default maximum delay to a longer delay", () => {
  const delaysOf = (retries: Omit<RetryOptions, "count">) =>
    [1, 2].map((attempt) => retryDelayMs(checkRetries({ count: 2, ...retries }), attempt, 0));
  assertEquals(delaysOf({ delay: "5m" }), [300_000, 300_000]);
  assertEquals(delaysOf({ delay: "40s" }), [40_000, 60_000]);
  assertEquals(delaysOf({ delay: "5m", maxDelay: "1m" }), [60_000, 60_000]);
});

Deno.test("retryDelayMs() grows by the factor up to the maximum, and subtracts the jitter", () => {
  const policy = { count: 9, delayMs: 100, factor: 3, maxDelayMs: 1000, jitter: 0.5 };
  assertEquals([1, 2, 3, 4].map((attempt) => retryDelayMs(policy, attempt, 0)), [
    ...[100, 300, 900, 1000],
  ]);
  assertEquals(retryDelayMs(policy, 1, 1), 50);
  assertEquals(retryDelayMs({ ...policy, delayMs: 0 }, 1000, 0), 0); // though 3 ** 999 is Infinity
});
