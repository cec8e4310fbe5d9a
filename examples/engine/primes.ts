/**
 * Counts the primes below a million, in 16 ranges, on as many machines as there are workers. The
 * other files of this folder are an image with this module, and containers that run it.
 *
 * It shows `each`, the results of all cases in one record, and an idempotent task: a range that
 * starts twice, since its worker was lost, has the same result.
 *
 *     deno run -A cli.ts examples/engine/primes.ts
 *     deno run -A cli.ts worker examples/engine/primes.ts --engine=redis://localhost:6379
 *     deno run -A cli.ts examples/engine/primes.ts --engine=redis://localhost:6379
 */
import { mark } from "@thread-order/cli";

const [LIMIT, RANGES] = [1_000_000, 16];
const SIZE = LIMIT / RANGES;

/** Counts the primes of one range. */
export const range = mark(
  { each: Array.from({ length: RANGES }, (_, at) => at * SIZE), timeout: "1m", retries: 1 },
  (_state, start, task) => {
    let count = 0;
    for (let n = start; n < start + SIZE; n++) if (isPrime(n)) count++;
    task.log.info(`${count} primes from ${start}`);
    return count;
  },
);

/** Adds the counts of all ranges. */
export const total = mark({ after: { range } }, (_state, task) => {
  const counts = Object.values<number>(task.results.range);
  const sum = counts.reduce((total, count) => total + count, 0);
  task.log.info(`${sum} primes below ${LIMIT}`);
  return sum;
});

function isPrime(n: number): boolean {
  if (n < 2) return false;
  for (let divisor = 2; divisor * divisor <= n; divisor++) {
    if (n % divisor === 0) return false;
  }
  return true;
}
