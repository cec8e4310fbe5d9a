/** `tdrun ui --watch`: rounds as runs of the session, over the server's protocol. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { RunEvent } from "../../../src/events/run_event.ts";
import type { RunEnd, RunInfo, SessionInfo, StartRequest } from "../../../src/gui/ui_protocol.ts";
import { bounded } from "../../support/bounded.ts";
import { type RunningCommand, tdrun, TestSpace } from "../../support/command.ts";
import { graphOf } from "../../support/graphs.ts";
import { noneHave, removed } from "../../support/processes.ts";
import { startUi } from "../../support/ui.ts";
import { assertWellFormed } from "../../support/well_formed.ts";

/** A run as a page receives it. */
interface ReceivedRun {
  readonly events: readonly RunEvent[];
  readonly end: RunEnd;
}

/** A page of the session, without a browser. */
class Session {
  readonly command: RunningCommand;
  readonly #url: URL;

  constructor(command: RunningCommand, url: URL) {
    this.command = command;
    this.#url = url;
  }

  get #token(): string {
    return this.#url.searchParams.get("token")!;
  }

  async #ask<T>(path: string, body?: unknown): Promise<T> {
    const response = await fetch(new URL(path, this.#url), {
      ...(body !== undefined && { method: "POST", body: JSON.stringify(body) }),
      headers: {
        authorization: `Bearer ${this.#token}`,
        "content-type": "application/json",
        origin: this.#url.origin,
      },
    });
    return await response.json();
  }

  info(): Promise<SessionInfo> {
    return this.#ask("/api/session");
  }

  start(request: StartRequest): Promise<RunInfo> {
    return this.#ask("/api/runs", request);
  }

  cancel(id: number): Promise<unknown> {
    return this.#ask(`/api/runs/${id}/cancel`, {});
  }

  /** Reads the messages of the session, and the events of a run, until `isEnough`. */
  async messages(
    query: Record<string, string>,
    isEnough: (type: string, data: string) => boolean,
  ): Promise<void> {
    const url = new URL("/api/events", this.#url);
    url.search = new URLSearchParams({ token: this.#token, ...query }).toString();
    const stopped = new AbortController();
    const response = await fetch(url, { signal: stopped.signal });
    let text = "";
    try {
      for await (const part of response.body!.pipeThrough(new TextDecoderStream())) {
        const messages = (text + part).split("\n\n");
        text = messages.pop()!;
        for (const message of messages) {
          const type = /^event: (.*)$/m.exec(message)?.[1] ?? "message";
          const data = /^data: (.*)$/m.exec(message)?.[1];
          if (data !== undefined && isEnough(type, data)) return;
        }
      }
    } finally {
      stopped.abort();
    }
    throw new Error("the stream has ended");
  }

  /** Waits for a list of runs. */
  async runs(isExpected: (runs: readonly RunInfo[]) => boolean): Promise<readonly RunInfo[]> {
    let runs: readonly RunInfo[] = [];
    const isEnough = (type: string, data: string) =>
      type === "runs" && isExpected(runs = JSON.parse(data));
    await bounded(this.messages({}, isEnough), "the runs");
    return runs;
  }

  /** Waits for the start of a run, and returns it when it has ended. */
  async run(id: number): Promise<ReceivedRun> {
    await this.runs((runs) => runs.some((run) => run.id === id));
    const events: RunEvent[] = [];
    let end: RunEnd | undefined;
    await bounded(
      this.messages({ run: String(id) }, (type, data) => {
        if (type === "message") events.push(...JSON.parse(data));
        if (type === "end") end = JSON.parse(data);
        return end !== undefined;
      }),
      `the end of run ${id}`,
    );
    return { events, end: end! };
  }

  /** Waits for a message of a task in a run. */
  async output(id: number, text: string): Promise<void> {
    await this.runs((runs) => runs.some((run) => run.id === id));
    const isThere = (type: string, data: string) => type === "message" && data.includes(text);
    await bounded(this.messages({ run: String(id) }, isThere), `the output "${text}"`);
  }
}

async function withSession(
  args: readonly string[],
  space: TestSpace,
  test: (session: Session) => Promise<void>,
): Promise<void> {
  const { command, url } = await startUi([...args, "--watch"], { folder: space.folder });
  const session = new Session(command, url);
  try {
    await test(session);
  } finally {
    command.kill("SIGINT");
    await command.ended;
  }
}

/** The names of the tasks of a run, and those whose results are reused. */
function tasksOf({ events }: ReceivedRun): { ran: string[]; reused: readonly string[] } {
  const [started] = events;
  assert(started?.type === "run-started");
  const { tasks } = started;
  const graph = graphOf(
    Object.fromEntries(tasks.map(({ name, after }) => [name, after.map((id) => tasks[id]!.name)])),
  );
  assertWellFormed(events, graph, { skipDependents: true });
  return { ran: started.tasks.map(({ name }) => name), reused: started.mocked };
}

const CHAINS = `
  export const left = mark({ cache: { files: ["in/left.txt"] } }, () => Deno.readTextFileSync("in/left.txt"));
  export const left_user = mark({ after: { left } }, (_state, task) => task.log.info("left is " + task.results.left));
  export const right = mark({ cache: { files: ["in/right.txt"] } }, () => Deno.readTextFileSync("in/right.txt"));
  export const right_user = mark({ after: { right } }, (_state, task) => {
    if (task.results.right === "bad") throw new Error("right is bad");
  });
`;

async function chainSpace(): Promise<TestSpace> {
  const space = await TestSpace.create();
  await Deno.mkdir(`${space.folder}/in`);
  await space.file("in/left.txt", "1");
  await space.file("in/right.txt", "1");
  await space.module("module.ts", CHAINS);
  return space;
}

const SETTINGS = {
  workers: null,
  tags: "",
  names: [],
  skipDependents: true,
  log: false,
  state: {},
  mocks: {},
  rerunFailed: false,
};

/** A task's function that waits for the end of the run if `in.txt` contains "slow". */
const WAITS_IF_SLOW = `async (_state, task) => {
       if (Deno.readTextFileSync("in.txt") !== "slow") return;
       task.log.info("work waits");
       await new Promise((_resolve, reject) => task.signal.onabort = () => reject(task.signal.reason));
     }`;

Deno.test("tdrun ui --watch runs the module, and again what a changed file affects", async () => {
  await using space = await chainSpace();
  await withSession(["module.ts"], space, async (session) => {
    const first = await session.run(1);
    assertEquals(first.end.code, 0);
    assertEquals(tasksOf(first).reused, []);
    assertEquals(tasksOf(first).ran.length, 4);
    await space.file("in/left.txt", "2");
    const second = await session.run(2);
    assertEquals(tasksOf(second), { ran: ["left", "left_user"], reused: ["right", "right_user"] });
    const { isWatching, runs } = await session.info();
    assertEquals(isWatching, true);
    assertEquals(runs.map(({ round }) => round), [
      { changed: [], changedCount: 0 },
      { changed: ["in/left.txt"], changedCount: 1 },
    ]);
  });
});

Deno.test("tdrun ui --watch runs all or failed tasks when the page asks", async () => {
  await using space = await chainSpace();
  await space.file("in/right.txt", "bad");
  await withSession(["module.ts"], space, async (session) => {
    assertEquals((await session.run(1)).end.code, 1);
    const rerun = await session.start({ rerunOf: 1 });
    assertEquals([rerun.id, rerun.request.rerunFailed], [2, true]);
    const failed = await session.run(2);
    assertEquals(tasksOf(failed).ran, ["right_user"]);
    assertEquals(failed.end.code, 1);
    assertEquals((await session.start({ ...SETTINGS, module: "module.ts" })).id, 3);
    assertEquals(tasksOf(await session.run(3)).ran.length, 4);
    // Other settings replace the watched request.
    await session.start({ ...SETTINGS, module: "module.ts", names: ["left", "right"] });
    assertEquals(tasksOf(await session.run(4)).ran, ["left", "right"]);
    await space.file("in/right.txt", "good");
    const last = await session.run(5);
    assertEquals(tasksOf(last), { ran: ["right"], reused: ["left"] });
  });
});

Deno.test("tdrun ui --watch cancels a run when a file changes, and tears it down", async () => {
  await using space = await TestSpace.create();
  await space.file("in.txt", "slow");
  await space.module(
    "module.ts",
    `export function teardownState() { Deno.writeTextFileSync("down.txt", "x", { append: true }); }
     export const first = mark(() => 1);
     export const work = mark({ after: { first }, cache: { files: ["in.txt"] } }, ${WAITS_IF_SLOW});`,
  );
  await withSession(["module.ts"], space, async (session) => {
    await session.output(1, "work waits");
    const busy = await session.start({ ...SETTINGS, module: "module.ts" });
    assertStringIncludes(JSON.stringify(busy), "another run is active");
    await space.file("in.txt", "fast");
    const [first, second] = await Promise.all([session.run(1), session.run(2)]);
    assertEquals([first.end.code, first.end.isCancelled], [130, true]);
    assertEquals(await Deno.readTextFile(`${space.folder}/down.txt`), "xx");
    assertEquals(tasksOf(second), { ran: ["work"], reused: ["first"] });
    assertEquals(second.end.code, 0);
    const { runs } = await session.info();
    assertEquals(runs.map(({ isReplaced, cancels }) => [isReplaced, cancels]), [
      [true, 1],
      [false, 0],
    ]);
  });
});

Deno.test("tdrun ui --watch shows an error of the module, and recovers when it is saved", async () => {
  await using space = await TestSpace.create();
  await space.module("module.ts", `export const a = mark(() => {`);
  await withSession(["module.ts"], space, async (session) => {
    const broken = await session.run(1);
    assertEquals([broken.events, broken.end.code], [[], 2]);
    assertStringIncludes(broken.end.output, "SyntaxError");
    await space.module("module.ts", `export const a = mark(() => 1);`);
    const fixed = await session.run(2);
    assertEquals(fixed.end.code, 0);
    assertEquals(tasksOf(fixed).ran, ["a"]);
    const { runs } = await session.info();
    assertEquals(runs[1]!.round, { changed: ["module.ts"], changedCount: 1 });
  });
});

Deno.test("tdrun ui --watch runs the changed modules of a folder", async () => {
  await using space = await TestSpace.create();
  await Deno.mkdir(`${space.folder}/flows`);
  for (const name of ["users", "orders"]) {
    await space.module(`flows/${name}.ts`, `export const a = mark(() => 1);`);
  }
  await withSession(["flows"], space, async (session) => {
    assertEquals(tasksOf(await session.run(1)).ran, ["orders::a", "users::a"]);
    await space.module("flows/users.ts", `export const a = mark(() => 2);`);
    const second = await session.run(2);
    assertEquals(tasksOf(second), { ran: ["users::a"], reused: ["orders::a"] });
    const { runs } = await session.info();
    assertEquals(runs[1]!.round, { changed: ["flows/users.ts"], changedCount: 1 });
  });
});

Deno.test("tdrun ui --watch goes on after a user has cancelled a run", async () => {
  await using space = await TestSpace.create();
  await space.file("in.txt", "slow");
  await space.module(
    "module.ts",
    `export const work = mark({ cache: { files: ["in.txt"] } }, ${WAITS_IF_SLOW});`,
  );
  await withSession(["module.ts"], space, async (session) => {
    await session.output(1, "work waits");
    await session.cancel(1);
    assertEquals((await session.run(1)).end.isCancelled, true);
    await space.file("in.txt", "fast");
    assertEquals((await session.run(2)).end.code, 0);
    assertEquals((await session.info()).runs.map(({ isReplaced }) => isReplaced), [false, false]);
  });
});

Deno.test("tdrun ui --watch goes on after the process of a round was killed", async () => {
  await using space = await TestSpace.create();
  await space.file("in.txt", "slow");
  await space.module(
    "module.ts",
    `export const first = mark(() => 1);
     export const work = mark({ after: { first }, cache: { files: ["in.txt"] } }, async (_state, task) => {
       if (Deno.readTextFileSync("in.txt") !== "slow") return;
       Deno.writeTextFileSync("pid", String(Deno.pid));
       task.log.info("work waits");
       await new Promise(() => setInterval(() => {}, 1000));
     });`,
  );
  await withSession(["module.ts"], space, async (session) => {
    await session.output(1, "work waits");
    Deno.kill(Number(await Deno.readTextFile(`${space.folder}/pid`)), "SIGKILL");
    const { signal, isCancelled } = (await session.run(1)).end;
    assertEquals({ signal, isCancelled }, { signal: "SIGKILL", isCancelled: false });
    await space.file("in.txt", "fast");
    const second = await session.run(2);
    assertEquals(tasksOf(second), { ran: ["work"], reused: ["first"] });
    assertEquals(second.end.code, 0);
  });
});

Deno.test("tdrun ui --watch runs a module that imports the library by its name", async () => {
  await using space = await TestSpace.create();
  await space.file("in.txt", "1");
  await space.file(
    "module.ts",
    `import { mark } from "@thread-order/cli";
     export const a = mark(() => 1);
     export const b = mark({ after: { a }, cache: { files: ["in.txt"] } }, () => Deno.readTextFileSync("in.txt"));`,
  );
  await withSession(["module.ts"], space, async (session) => {
    assertEquals((await session.run(1)).end.code, 0);
    await space.file("in.txt", "2");
    const second = await session.run(2);
    assertEquals(second.end.code, 0, second.end.output);
    assertEquals(tasksOf(second), { ran: ["b"], reused: ["a"] });
  });
});

for (const signal of ["SIGINT", "SIGKILL"] as const) {
  Deno.test(`tdrun ui --watch leaves no process and no file at ${signal}`, async () => {
    await using space = await TestSpace.create();
    const [name, temp] = [`${crypto.randomUUID()}.ts`, `${space.folder}/temp`];
    await Deno.mkdir(temp);
    await space.file("in.txt", "1");
    await space.module(
      name,
      `export const a = mark({ cache: { files: ["in.txt"] } }, async (_state, task) => {
         task.log.info("a has begun");
         if (Deno.readTextFileSync("in.txt") === "2") {
           await new Promise(() => setInterval(() => {}, 1000));
         }
       });`,
    );
    const { command, url } = await startUi([name, "--watch"], {
      folder: space.folder,
      env: { TMPDIR: temp },
    });
    const session = new Session(command, url);
    await session.run(1);
    await space.file("in.txt", "2");
    await session.output(2, "a has begun");
    command.kill(signal);
    const { code } = await command.ended;
    if (signal === "SIGINT") assertEquals(code, 0);
    await noneHave(name);
    await removed(temp);
  });
}

Deno.test("tdrun ui --watch rejects --engine", async () => {
  const { code, stderr } = await tdrun(["ui", "--watch", "--engine=redis://127.0.0.1:1"]);
  assertEquals([code, stderr], [2, "Error: Cannot use --watch and --engine together\n"]);
});
