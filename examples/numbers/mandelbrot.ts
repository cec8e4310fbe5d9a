// deno-lint-ignore-file no-console -- the example prints its result
/**
 * Number crunching: computes an image of the Mandelbrot set in stripes, on one thread and then on
 * all, and writes it to a PNG file.
 *
 * It shows a Scheduler with tasks from a loop, typed arrays as results, bytes for the runtime
 * (`snapshot`), progress by a callback, and runs on different numbers of threads compared.
 *
 *     deno run -A examples/numbers/mandelbrot.ts
 *     deno run -A examples/numbers/mandelbrot.ts out.png 0 1 4     # 0: on the main thread
 */
import { Scheduler, snapshot } from "@thread-order/cli";
import { encodePng } from "./png.ts";

const [WIDTH, HEIGHT, STRIPES] = [900, 600, 20];
const ROWS = HEIGHT / STRIPES;
const ITERATIONS = 2_000;

/** The file of the image: from the command line, or a temporary one. */
const IMAGE = Deno.args.find((arg) => arg.endsWith(".png"));
/** Numbers of threads: from the command line, or one and all. */
const COUNTS = Deno.args.filter((arg) => arg !== IMAGE).map(Number);
const THREADS = COUNTS.length > 0 ? COUNTS : [1, Math.min(navigator.hardwareConcurrency, STRIPES)];

/** At the top level: each worker imports this module to find the tasks. */
const schedulers = THREADS.map((workers) => {
  const s = new Scheduler({ workers, skipDependents: true });
  const stripes = Array.from(
    { length: STRIPES },
    (_, i) => s.register(() => computeStripe(i), `stripe_${i}`),
  );
  s.register((task) => joinStripes(task.results), "image", { after: stripes });
  return s;
});

/** Computes the rows of a stripe: a byte for each pixel. */
function computeStripe(stripe: number): Uint8Array {
  const pixels = new Uint8Array(WIDTH * ROWS);
  for (let i = 0; i < pixels.length; i++) {
    const [x, y] = [i % WIDTH, stripe * ROWS + Math.floor(i / WIDTH)];
    const steps = stepsToEscape(3 * (x / WIDTH) - 2.1, 2 * (y / HEIGHT) - 1);
    pixels[i] = steps === ITERATIONS ? 0 : 255 - (steps * 8) % 256;
  }
  return pixels;
}

function stepsToEscape(cx: number, cy: number): number {
  let [x, y, steps] = [0, 0, 0];
  while (steps < ITERATIONS && x * x + y * y < 4) {
    const next = x * x - y * y + cx;
    y = 2 * x * y + cy;
    x = next;
    steps++;
  }
  return steps;
}

/** Joins the stripes to an image. Results are bytes of the state; `snapshot` copies them. */
function joinStripes(stripes: readonly Uint8Array[]): Uint8Array {
  const pixels = new Uint8Array(WIDTH * HEIGHT);
  for (const [i, stripe] of stripes.entries()) pixels.set(snapshot(stripe), i * WIDTH * ROWS);
  return encodePng(pixels, WIDTH);
}

/** Called on the main thread after each task, while the workers compute. */
function showProgress(_name: string, _thread: string | undefined, _status: string, count: number) {
  const end = count === STRIPES + 1 ? "\n" : "\r";
  Deno.stderr.writeSync(new TextEncoder().encode(`${count} of ${STRIPES + 1} tasks${end}`));
}

if (import.meta.main) {
  for (const [i, s] of schedulers.entries()) {
    s.onTaskDone(showProgress);
    const { ok, duration, text } = await s.start();
    if (!ok) throw new Error(text);
    const threads = THREADS[i] === 1 ? "1 thread" : `${THREADS[i]} threads`;
    console.log(`on ${threads}: ${duration.toFixed(2)} s`);
  }
  const path = IMAGE ?? Deno.makeTempFileSync({ prefix: "mandelbrot-", suffix: ".png" });
  Deno.writeFileSync(path, snapshot(schedulers[0]!.state.results.image));
  console.log(`Image: ${path}`);
}
