/** `interruptible()`: the exit code after signals, with a fake clock. */
import { assertEquals } from "@std/assert";
import type { ExitSignal } from "../../../src/cli/exit_code.ts";
import { FakeSystem } from "../../fuzz/fake_system.ts";
import { runDeno } from "../../support/run_deno.ts";

/** Callbacks of pending timers, by their delay. */
const waiting = new Map<number | undefined, () => void>();
const { setTimeout } = globalThis;
globalThis.setTimeout = ((call: () => void, ms?: number) => {
  waiting.set(ms, call);
  return 0;
}) as unknown as typeof setTimeout;
const { interruptible } = await import("../../../src/cli/system/interrupt.ts");

class SignalledSystem extends FakeSystem {
  signal: (signal: ExitSignal) => void = () => {};

  override readonly onSignal = (handler?: (signal: ExitSignal) => void) => {
    this.signal = handler!;
    return () => {};
  };
}

for (const before of [[], ["SIGINT"]] as const) {
  Deno.test(`interruptible() returns 10 s after SIGHUP, after signals [${before}]`, async () => {
    const system = new SignalledSystem("/");
    const code = interruptible(system, () => {}, () => new Promise(() => {}));
    for (const signal of before) system.signal(signal);
    system.signal("SIGHUP");
    waiting.get(100)!(); // from now on, another signal is the second
    await Promise.resolve();
    system.signal("SIGHUP");
    waiting.get(10_000)!();
    assertEquals(await code, before.length > 0 ? 130 : 129);
  });
}
globalThis.setTimeout = setTimeout;

Deno.test("Interrupt.withDelayedSignalThread() handles a signal just before it ends", async () => {
  const [system, interrupt] = ["system", "interrupt"].map((name) =>
    new URL(`../../../src/cli/system/${name}.ts`, import.meta.url).href
  );
  const { code, stdout } = await runDeno(
    `
    import { denoSystem } from "${system}";
    import { interruptible } from "${interrupt}";
    const system = denoSystem();
    for (let times = 1; times <= 10; times++) {
      const code = await interruptible(system, () => {}, async (interrupt) => {
        await interrupt.withDelayedSignalThread(async () => {
          await new Promise((resolve) => setTimeout(resolve, 400)); // until the signal thread runs
          Deno.kill(Deno.pid, "SIGTERM");
        });
        return 0;
      });
      if (code !== 143) console.log("lost after", times);
    }
    Deno.exit(143);
    `,
    60_000,
  );
  assertEquals({ code, stdout }, { code: 143, stdout: "" });
});
