/**
 * Behavior of Deno on which the design depends. A failure shows that a new version differs, and
 * which part of the design is affected.
 */
import {
  assert,
  assertEquals,
  assertMatch,
  assertNotEquals,
  assertStringIncludes,
} from "@std/assert";
import { runDeno, WORKER_KIT } from "../support/run_deno.ts";

/** Runs a program that uses workers. */
function run(program: string) {
  return runDeno(`${WORKER_KIT}\n${program}`);
}

Deno.test("Worker.terminate() does not stop a busy loop, but Deno.exit() does", async () => {
  const { code, stdout } = await run(`
    const words = new Int32Array(new SharedArrayBuffer(4));
    const worker = start(\`onmessage = ({ data }) => {
      postMessage("busy");
      for (;;) Atomics.add(data, 0, 1);
    }\`);
    const busy = worker.next();
    worker.postMessage(words);
    await busy;
    worker.terminate();
    await new Promise((resolve) => setTimeout(resolve, 50));
    const before = Atomics.load(words, 0);
    const isBusy = () => Atomics.load(words, 0) !== before;
    // On a busy machine, the thread may not run for some time.
    for (let i = 0; i < 100 && !isBusy(); i++) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    console.log(isBusy() ? "still busy" : "stopped");
    Deno.exit(7);
  `);
  assertEquals([stdout, code], ["still busy", 7]);
});

Deno.test("Worker.terminate() does not stop a thread in Atomics.wait()", async () => {
  const { stdout } = await run(`
    const words = new Int32Array(new SharedArrayBuffer(12));
    const worker = start(\`onmessage = ({ data }) => {
      postMessage("waiting");
      Atomics.wait(data, 0, 0);
      Atomics.store(data, 1, 1);
      Atomics.notify(data, 1);
    }\`);
    const waiting = worker.next();
    worker.postMessage(words);
    await waiting;
    worker.terminate();
    await new Promise((resolve) => setTimeout(resolve, 20));
    Atomics.store(words, 0, 1);
    Atomics.notify(words, 0);
    const after = Atomics.waitAsync(words, 1, 0, 2000);
    console.log(after.async ? await after.value : after.value);
    Deno.exit();
  `);
  assertMatch(stdout, /^(ok|not-equal)$/, "the thread went on after its wait");
});

for (const end of ["Deno.exit(3)", "self.close()"]) {
  Deno.test(`Worker ends without an event when it calls ${end}`, async () => {
    const { code, stdout } = await run(`
      const worker = start("${end}; setTimeout(() => postMessage('alive'), 100)");
      const events = ["message", "error", "messageerror", "close", "exit"].map((type) =>
        new Promise((resolve) => worker.addEventListener(type, () => resolve(type))));
      console.log(await within(Promise.race(events), 150));
    `);
    assertEquals([stdout, code], ["nothing", 0]);
  });
}

Deno.test("process.exit() calls Deno.exit(), so that one override catches both", async () => {
  const { stdout } = await run(`
    const worker = start(\`import process from "node:process";
      Deno.exit = (code) => { throw new Error("caught " + code); };
      try { process.exit(4); } catch (error) { postMessage(error.message); }\`);
    console.log(await within(worker.next(), 3000));
    worker.terminate();
  `);
  assertEquals(stdout, "caught 4");
});

const STRAYS: Record<string, string> = {
  "a stray rejection": `Promise.reject(new Error("left behind"));`,
  "a timer that throws": `setTimeout(() => { throw new Error("left behind"); });`,
};
for (const [kind, stray] of Object.entries(STRAYS)) {
  Deno.test(`Worker ends the process when it has ${kind} and no listener`, async () => {
    const { code, stderr } = await run(`
      const worker = start(${JSON.stringify(stray)});
      await within(worker.next(), 3000);
      console.log("went on");
    `);
    assertEquals(code, 1);
    assertStringIncludes(stderr, "left behind");
  });

  Deno.test(`Worker stays alive when it prevents the default of ${kind}`, async () => {
    const { code, stdout } = await run(`
      const worker = start(\`
        const seen = (event) => { event.preventDefault(); setTimeout(() => postMessage("alive")); };
        addEventListener("unhandledrejection", seen);
        addEventListener("error", seen);
        ${stray}\`);
      console.log(await within(worker.next(), 3000));
      worker.terminate();
    `);
    assertEquals([stdout, code], ["alive", 0]);
  });
}

Deno.test("Worker.onerror keeps the process alive when it prevents the default", async () => {
  const { code, stdout } = await run(`
    const worker = start("throw new TypeError('broken')");
    const message = new Promise((resolve) => worker.onerror = (event) => {
      event.preventDefault();
      resolve(event.message);
    });
    console.log(await within(message, 3000));
  `);
  assertMatch(stdout, /^Uncaught .*TypeError: broken$/);
  assertEquals(code, 0);
});

Deno.test("MessageChannel lets rejections be reported, unlike awaiting a promise", async () => {
  const { stdout } = await run(`
    const seen = [];
    addEventListener("unhandledrejection", (event) => { event.preventDefault(); seen.push("seen"); });
    Promise.reject(new Error("x"));
    for (let i = 0; i < 10; i++) await Promise.resolve();
    const before = seen.length;
    const { port1, port2 } = new MessageChannel();
    const turn = new Promise((resolve) => port1.onmessage = resolve);
    port2.postMessage(0);
    await turn;
    port1.close();
    console.log(before, seen.length);
  `);
  assertEquals(stdout, "0 1");
});

Deno.test("Atomics.waitAsync() wakes up, and does not keep a process alive", async () => {
  const woken = await run(`
    const words = new Int32Array(new SharedArrayBuffer(4));
    const { value } = Atomics.waitAsync(words, 0, 0);
    const worker = start("onmessage = ({ data }) => { Atomics.store(data, 0, 1); Atomics.notify(data, 0); }");
    worker.postMessage(words);
    console.log(await within(value, 3000));
    worker.terminate();
    Deno.exit();
  `);
  assertEquals(woken.stdout, "ok");
  const alone = await run(`
    const words = new Int32Array(new SharedArrayBuffer(4));
    Atomics.waitAsync(words, 0, 0).value.then(() => console.log("woken"));
  `);
  assertEquals([alone.code, alone.stdout], [0, ""]);
});

Deno.test("Worker keeps the process alive while it is alive", async () => {
  const { code } = await runDeno(`${WORKER_KIT} start("onmessage = () => {}");`, 700);
  assertEquals(code, undefined);
});

Deno.test("structuredClone() loses the class, code and members of an error", () => {
  class Custom extends Error {
    override name = "Custom";
    code = "E1";
  }
  const clone: unknown = structuredClone(new Custom("no"));
  assert(clone instanceof Error && clone.constructor === Error);
  assertEquals([clone.message, clone.name, "code" in clone], ["no", "Error", false]);
  const members = structuredClone(new AggregateError([new Error("one")], "many"));
  assertNotEquals((members as { errors?: unknown[] }).errors?.length, 1);
});

Deno.test("Worker.postMessage() shares a SharedArrayBuffer and copies an ArrayBuffer", async () => {
  const { stdout } = await run(`
    const [shared, plain] = [new Int32Array(new SharedArrayBuffer(4)), new Int32Array(1)];
    const worker = start("onmessage = ({ data }) => { for (const words of data) words[0] = 1; postMessage(0); }");
    const answer = worker.next();
    worker.postMessage([shared, plain]);
    await answer;
    console.log(shared[0], plain[0]);
    worker.terminate();
  `);
  assertEquals(stdout, "1 0");
});

Deno.test("Atomics works on an ArrayBuffer, except wait()", () => {
  const words = new Int32Array(1);
  assertEquals(Atomics.compareExchange(words, 0, 0, 5), 0);
  assertEquals(Atomics.notify(words, 0), 0);
  let thrown: unknown;
  try {
    Atomics.wait(words, 0, 5, 0);
  } catch (error) {
    thrown = error;
  }
  assert(thrown instanceof TypeError);
});

Deno.test("Deno.env.set() and Deno.chdir() in a worker change the whole process", async () => {
  const { stdout } = await run(`
    const folder = Deno.cwd();
    const worker = start('Deno.env.set("SEEN", "yes"); Deno.chdir(".."); postMessage(0)');
    await within(worker.next(), 3000);
    console.log(Deno.env.get("SEEN"), Deno.cwd() !== folder);
    worker.terminate();
  `);
  assertEquals(stdout, "yes true");
});
