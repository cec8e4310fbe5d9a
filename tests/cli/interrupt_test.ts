/** What signals do to the command, with a clock that is held. */
import { assertEquals } from "@std/assert";
import type { HostSignal } from "../../src/cli/host.ts";
import { FakeHost } from "../fuzz/fake_host.ts";

/** What waits for a time to come up, by how long it waits. */
const waiting = new Map<number | undefined, () => void>();
const { setTimeout } = globalThis;
globalThis.setTimeout = ((call: () => void, ms?: number) => {
  waiting.set(ms, call);
  return 0;
}) as unknown as typeof setTimeout;
const { interruptible } = await import("../../src/cli/interrupt.ts");

class SignalledHost extends FakeHost {
  signal: (signal: HostSignal) => void = () => {};

  override readonly onSignal = (handler?: (signal: HostSignal) => void) => {
    this.signal = handler!;
    return () => {};
  };
}

for (const before of [[], ["SIGINT"]] as const) {
  Deno.test(`interruptible: after SIGHUP what does not end is left in a while; before: ${before}`, async () => {
    const host = new SignalledHost("/");
    const code = interruptible(host, () => {}, () => new Promise(() => {}));
    for (const signal of before) host.signal(signal);
    host.signal("SIGHUP");
    waiting.get(100)!(); // from now on, another signal is the second
    await Promise.resolve();
    host.signal("SIGHUP");
    waiting.get(10_000)!();
    assertEquals(await code, before.length > 0 ? 130 : 129);
  });
}
globalThis.setTimeout = setTimeout;
