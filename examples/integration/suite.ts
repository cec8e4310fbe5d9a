/**
 * An integration test suite: starts a service with a database in a child process, and tests its HTTP
 * API. A test that needs a note depends on the test that creates it; independent tests run in
 * parallel.
 *
 * It shows tests that use results of other tests, cases (`each`), a mutex for a global setting, a
 * clean-up that runs whatever happened (`when: "always"`), tags, and a report in JUnit's format.
 *
 *     deno run -A cli.ts examples/integration/suite.ts
 *     deno run -A cli.ts examples/integration/suite.ts --tags=smoke --with-deps
 *     deno run -A cli.ts examples/integration/suite.ts --reporter=lines --reporter=junit=junit.xml
 *     deno run -A cli.ts examples/integration/suite.ts --result-create:=999    # read_back fails
 */
import { assertEquals } from "@std/assert";
import { mark, type State } from "@thread-order/cli";

type Suite = State<{
  /** The address of the service. */
  url: string;
  /** The ids of the notes that tests have created. */
  created: number[];
}>;

let service: Deno.ChildProcess | undefined;

/** Runs once, on the main thread: starts the service and waits for its address. */
export async function setupState(state: Suite): Promise<void> {
  state.created = [];
  if (state.url !== undefined) return; // --url=… is the address of a running service
  service = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--allow-net=127.0.0.1", `${import.meta.dirname}/service.ts`],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const { value } = await service.stdout.getReader().read();
  if (value === undefined) throw new Error("the service has ended before it was ready");
  state.url = new TextDecoder().decode(value).trim();
}

/** Runs after the last task, whatever its outcome: the service stops when its input ends. */
export async function teardownState(): Promise<void> {
  await service?.stdin.close();
  await service?.status;
}

export const health = mark({ tags: "smoke" }, async (state: Suite) => {
  assertEquals(await request(state, "GET", "health"), [200, { status: "ok" }]);
});

/** Returns the id of the note, for the tests that depend on this one. */
export const create = mark({ after: [health], tags: "smoke" }, async (state: Suite) => {
  const [status, note] = await request(state, "POST", "notes", { text: "buy tea" });
  state.created.push(note.id);
  assertEquals([status, note.text], [201, "buy tea"]);
  return note.id as number;
});

export const read_back = mark({ after: { create }, tags: "smoke" }, async (state: Suite, task) => {
  const id = task.results.create;
  assertEquals(await request(state, "GET", `notes/${id}`), [200, { id, text: "buy tea" }]);
});

export const list = mark({ after: { create } }, async (state: Suite, task) => {
  const id = task.results.create;
  const [, notes] = await request(state, "GET", "notes");
  assertEquals(notes.find((note: { id: number }) => note.id === id), { id, text: "buy tea" });
});

export const update = mark({ after: { create, read_back, list } }, async (state: Suite, task) => {
  const id = task.results.create;
  const note = { id, text: "buy green tea" };
  assertEquals(await request(state, "PUT", `notes/${id}`, { text: note.text }), [200, note]);
  assertEquals(await request(state, "GET", `notes/${id}`), [200, note]);
});

export const remove = mark({ after: { create, update } }, async (state: Suite, task) => {
  const path = `notes/${task.results.create}`;
  assertEquals((await request(state, "DELETE", path))[0], 200);
  assertEquals(await request(state, "GET", path), [404, { error: "not found" }]);
});

/** Depends on `health` only: these tests run beside those of the note. */
export const reject = mark({
  after: [health],
  each: { no_text: {}, empty: { text: "" }, number: { text: 1 }, long: { text: "x".repeat(101) } },
}, async (state: Suite, body) => {
  assertEquals(await request(state, "POST", "notes", body), [400, { error: "text expected" }]);
});

/** The title is one for the whole service, so only one of these tests runs at a time. */
export const title = mark(
  { after: [health], each: ["Notizen", "Carnet"], mutex: "title" },
  async (state: Suite, title) => {
    await request(state, "PUT", "settings", { title });
    assertEquals(await request(state, "GET", "settings"), [200, { title }]);
  },
);

/** Removes the notes of failed tests, and restores the title. */
export const clean_up = mark(
  { after: [remove, reject, title], when: "always" },
  async (state: Suite, task) => {
    for (const id of state.created) {
      const [status] = await request(state, "DELETE", `notes/${id}`);
      if (status === 200) task.log.warn(`note ${id} removed`);
    }
    await request(state, "PUT", "settings", { title: "Notes" });
  },
);

// deno-lint-ignore no-explicit-any -- each test knows the body that it expects
type Answer = [status: number, body: any];

async function request(
  state: Suite,
  method: string,
  path: string,
  body?: object,
): Promise<Answer> {
  const init = body ? { method, body: JSON.stringify(body) } : { method };
  const response = await fetch(`${state.url}/${path}`, init);
  return [response.status, await response.json()];
}
