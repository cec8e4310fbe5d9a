/**
 * An integration test suite: sets up a database and a service, and tests the service's HTTP API. A
 * test that needs a note depends on the test that creates it; independent tests run in parallel.
 *
 * It shows resources that follow the selection, tests that use results of other tests, cases
 * (`each`), a mutex for a global setting, a clean-up that runs whatever happened
 * (`when: "always"`), tags, and a report in JUnit's format.
 *
 *     deno run -A cli.ts examples/integration/suite.ts
 *     deno run -A cli.ts examples/integration/suite.ts --tags=smoke --with-deps
 *     deno run -A cli.ts examples/integration/suite.ts --reporter=lines --reporter=junit=junit.xml
 *     deno run -A cli.ts examples/integration/suite.ts --result-create:=999    # read_back fails
 */
import { assertEquals } from "@std/assert";
import { mark, resource, type State } from "@thread-order/cli";
import { migrate } from "./migrations.ts";

type Suite = State<{
  /** The ids of the notes that tests have created. */
  created: number[];
}>;

/** Runs once, on the main thread. */
export function setupState(state: Suite): void {
  state.created = [];
}

/** An empty database with its tables, in a folder that is removed after the last user. */
export const database = resource(async () => {
  const folder = await Deno.makeTempDir({ prefix: "suite-" });
  const path = `${folder}/notes.db`;
  migrate(path);
  return {
    value: { path },
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
});

/** The service under test. It stops when its input ends, so it never outlives the run. */
export const service = resource({ use: { database }, timeout: "30s" }, async (_state, task) => {
  const program = `${import.meta.dirname}/service.ts`;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "-A", program, task.use.database.path],
    stdin: "piped",
    stdout: "piped", // its first line is the address; errors are lines of this resource
  }).spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const { value: line } = await reader.read();
  if (line === undefined) {
    throw new Error(
      `the service exited with code ${(await child.status).code} before it was ready`,
    );
  }
  return {
    value: { url: line.trim() },
    lost: child.status,
    async [Symbol.asyncDispose]() {
      await child.stdin.close();
      await child.status;
    },
  };
});

export const health = mark({ use: { service }, tags: "smoke" }, async (_state, task) => {
  assertEquals(await request(task.use.service, "GET", "health"), [200, { status: "ok" }]);
});

/** Returns the id of the note, for the tests that depend on this one. */
export const create = mark(
  { after: [health], use: { service }, tags: "smoke" },
  async (state: Suite, task) => {
    const [status, note] = await request(task.use.service, "POST", "notes", { text: "buy tea" });
    state.created.push(note.id);
    assertEquals([status, note.text], [201, "buy tea"]);
    return note.id as number;
  },
);

export const read_back = mark(
  { after: { create }, use: { service }, tags: "smoke" },
  async (_state, task) => {
    const id = task.results.create;
    assertEquals(await request(task.use.service, "GET", `notes/${id}`), [200, {
      id,
      text: "buy tea",
    }]);
  },
);

export const list = mark({ after: { create }, use: { service } }, async (_state, task) => {
  const id = task.results.create;
  const [, notes] = await request(task.use.service, "GET", "notes");
  assertEquals(notes.find((note: { id: number }) => note.id === id), { id, text: "buy tea" });
});

export const update = mark(
  { after: { create, read_back, list }, use: { service } },
  async (_state, task) => {
    const id = task.results.create;
    const note = { id, text: "buy green tea" };
    assertEquals(await request(task.use.service, "PUT", `notes/${id}`, { text: note.text }), [
      200,
      note,
    ]);
    assertEquals(await request(task.use.service, "GET", `notes/${id}`), [200, note]);
  },
);

export const remove = mark(
  { after: { create, update }, use: { service } },
  async (_state, task) => {
    const path = `notes/${task.results.create}`;
    assertEquals((await request(task.use.service, "DELETE", path))[0], 200);
    assertEquals(await request(task.use.service, "GET", path), [404, { error: "not found" }]);
  },
);

/** Depends on `health` only: these tests run beside those of the note. */
export const reject = mark({
  after: [health],
  use: { service },
  each: { no_text: {}, empty: { text: "" }, number: { text: 1 }, long: { text: "x".repeat(101) } },
}, async (_state, body, task) => {
  assertEquals(await request(task.use.service, "POST", "notes", body), [400, {
    error: "text expected",
  }]);
});

/** The title is one for the whole service, so only one of these tests runs at a time. */
export const title = mark(
  { after: [health], use: { service }, each: ["Notizen", "Carnet"], mutex: "title" },
  async (_state, title, task) => {
    await request(task.use.service, "PUT", "settings", { title });
    assertEquals(await request(task.use.service, "GET", "settings"), [200, { title }]);
  },
);

/** Removes the notes of failed tests, and restores the title. */
export const clean_up = mark(
  { after: [remove, reject, title], use: { service }, when: "always" },
  async (state: Suite, task) => {
    for (const id of state.created) {
      const [status] = await request(task.use.service, "DELETE", `notes/${id}`);
      if (status === 200) task.log.warn(`note ${id} removed`);
    }
    await request(task.use.service, "PUT", "settings", { title: "Notes" });
  },
);

// deno-lint-ignore no-explicit-any -- each test knows the body that it expects
type Answer = [status: number, body: any];

async function request(
  { url }: { readonly url: string },
  method: string,
  path: string,
  body?: object,
): Promise<Answer> {
  const init = body ? { method, body: JSON.stringify(body) } : { method };
  const response = await fetch(`${url}/${path}`, init);
  return [response.status, await response.json()];
}
