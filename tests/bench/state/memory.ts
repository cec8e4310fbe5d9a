/**
 * Memory over time: shared and resident bytes while a key is overwritten repeatedly, and another
 * thread lags behind.
 *
 *     deno run -A tests/bench/state/memory.ts
 */
import { SharedState } from "../../../src/state/shared_state.ts";
import { print } from "./rig.ts";

const POINTS = 10;

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1).padStart(7);
}

/** Writes `count` times, and prints the memory at ten points. */
function curve(what: string, count: number, value: (n: number) => unknown): void {
  const shared = SharedState.create({ mayBlock: true });
  // Joined, without reading: its unread writes prevent a compaction of the log.
  const lagging = SharedState.join(shared.invite("lagging"));
  const { root } = shared;
  print(`${what}, ${count} times\n  written      shared MB   resident MB`);
  const start = performance.now();
  for (let n = 1; n <= count; n++) {
    root.key = value(n);
    if (n % (count / POINTS) !== 0) continue;
    const { rss } = Deno.memoryUsage();
    print(
      `${String(n).padStart(9)}      ${megabytes(shared.bytes.capacity)}       ${megabytes(rss)}`,
    );
  }
  const { snapshots } = shared.bytes;
  print(`  ${((performance.now() - start) / 1000).toFixed(1)} s, ${snapshots} snapshots`);
  if (lagging.root.key === undefined) throw new Error("The lagging thread missed it");
}

if (import.meta.main) {
  curve("a number", 1_000_000, (n) => n);
  const text = "x".repeat(10_000);
  curve("a value of 10 kB", 1_000_000, (n) => ({ n, text }));
  curve("an array of 20 MB", 50, (n) => new Uint8Array(20_000_000).fill(n));
}
