/** `serveGui()` by raw requests over a socket, with headers that no browser sends. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { RunRequest } from "../../../src/gui/ui_protocol.ts";
import { type ProcessEnd, RunRegistry, type StartedRun } from "../../../src/gui/run_registry.ts";
import { type Backend, type GuiServer, serveGui } from "../../../src/gui/serve_gui.ts";
import { TestSpace } from "../../support/command.ts";

/** A run that a test controls. */
class FakeRun implements StartedRun {
  readonly #stream = new TransformStream<string>();
  readonly #writer = this.#stream.writable.getWriter();
  readonly lines = this.#stream.readable;
  readonly end = Promise.withResolvers<ProcessEnd>();
  readonly ended = this.end.promise;
  cancels = 0;

  publish(line: string): void {
    void this.#writer.write(line);
  }

  cancel(): void {
    this.cancels++;
    if (this.cancels === 1) this.finish(130);
  }

  finish(code: number): void {
    void this.#writer.close();
    this.end.resolve({ code, signal: null, output: "", state: null });
  }
}

interface Rig {
  readonly folder: string;
  readonly server: GuiServer;
  readonly port: number;
  readonly token: string;
  readonly started: { readonly request: RunRequest; readonly run: FakeRun }[];
  ask(method: string, path: string, options?: Asking): Promise<Answer>;
}

interface Asking {
  readonly headers?: Record<string, string | undefined>;
  readonly body?: unknown;
  /** Text that ends the reading of an endless response. */
  readonly until?: string;
}

interface Answer {
  readonly status: number;
  readonly head: string;
  readonly body: string;
}

async function withServer(test: (rig: Rig) => Promise<void>): Promise<void> {
  await using space = await TestSpace.create();
  await space.file("build.ts", "");
  await space.file("state.json", '{"env":"dev"}');
  await space.file("run.ndjson", '{"type":"run-started"}\n');
  const started: Rig["started"] = [];
  const backend: Backend = {
    modules: () => Promise.resolve([]),
    open: ({ module }) =>
      Promise.resolve({ module, modules: [], tasks: [], state: {}, stateProblem: null }),
    parseState: (_name, text) => JSON.parse(text),
    start(request) {
      const run = new FakeRun();
      started.push({ request, run });
      return Promise.resolve(run);
    },
  };
  const { folder } = space;
  const session = {
    folder,
    version: "0",
    module: undefined,
    cores: 2,
    libraryUrls: [],
    editorUrl: "",
    backend,
    runs: new RunRegistry(),
  };
  const server = serveGui({ ...session, port: 0 });
  const { port, searchParams } = new URL(server.url);
  const token = searchParams.get("token")!;
  const rig = { folder, server, port: Number(port), token, started };
  try {
    await test({ ...rig, ask: (...args) => ask(Number(port), token, ...args) });
  } finally {
    await server.close();
  }
}

/** Requests the events of the first run. */
async function watch(port: number, token: string): Promise<Deno.TcpConn> {
  const socket = await Deno.connect({ hostname: "127.0.0.1", port });
  const head = `GET /api/events?run=1&token=${token} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\n\r\n`;
  await socket.write(new TextEncoder().encode(head));
  return socket;
}

/** Sends a request as the page would, with the given changes. */
async function ask(
  port: number,
  token: string,
  method: string,
  path: string,
  { headers = {}, body, until }: Asking = {},
): Promise<Answer> {
  const text = body === undefined ? "" : JSON.stringify(body);
  const all: Record<string, string | undefined> = {
    host: `127.0.0.1:${port}`,
    origin: `http://127.0.0.1:${port}`,
    authorization: `Bearer ${token}`,
    "content-type": "application/json",
    "content-length": String(new TextEncoder().encode(text).length),
    connection: "close",
    ...headers,
  };
  const lines = Object.entries(all).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}: ${value}`]
  );
  using socket = await Deno.connect({ hostname: "127.0.0.1", port });
  await socket.write(
    new TextEncoder().encode(`${method} ${path} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n${text}`),
  );
  const answer = await textOf(socket, until);
  const [head = "", ...rest] = answer.split("\r\n\r\n");
  const status = Number(/^HTTP\/1.1 (\d+)/.exec(head)?.[1]);
  return { status, head: head.toLowerCase(), body: rest.join("\r\n\r\n") };
}

async function textOf(socket: Deno.TcpConn, until: string | undefined): Promise<string> {
  const decoder = new TextDecoder();
  const bytes = new Uint8Array(65_536);
  let text = "";
  while (until === undefined || !text.includes(until)) {
    const count = await socket.read(bytes);
    if (count === null) break;
    text += decoder.decode(bytes.subarray(0, count), { stream: true });
  }
  return text;
}

const RUN = { module: "build.ts" };

Deno.test("serveGui() serves the page with its policy when the token is valid", () =>
  withServer(async ({ ask, token }) => {
    const { status, head, body } = await ask("GET", `/?token=${token}`, {
      headers: { authorization: undefined, origin: undefined },
    });
    assertEquals(status, 200);
    assertStringIncludes(head, "content-security-policy: default-src 'none'; style-src 'sha256-");
    assertStringIncludes(head, "x-frame-options: deny");
    assertStringIncludes(head, "referrer-policy: no-referrer");
    assertStringIncludes(body, "<!DOCTYPE html>");
  }));

for (
  const [what, headers, status] of [
    ["another host", { host: "evil.example" }, 421],
    ["an invalid host", { host: "127.0.0.1:80.evil.example" }, 421],
    ["another origin", { origin: "http://evil.example" }, 403],
    ["a missing origin", { origin: undefined }, 403],
    ["a sandboxed origin", { origin: "null" }, 403],
    ["a cross-site header", { "sec-fetch-site": "cross-site" }, 403],
    ["a missing token", { authorization: undefined }, 401],
    ["a wrong token", { authorization: "Bearer 00" }, 401],
    ["the content type of a form", { "content-type": "text/plain" }, 400],
  ] as [string, Record<string, string | undefined>, number][]
) {
  Deno.test(`serveGui() rejects a run when the request has ${what}`, () =>
    withServer(async ({ ask, started }) => {
      const answer = await ask("POST", "/api/runs", { headers, body: RUN });
      assertEquals(answer.status, status, answer.body);
      assertStringIncludes(answer.body, '"error":"Cannot ');
      assertEquals(started.length, 0);
    }));
}

Deno.test("serveGui() requires the token for every URL", () =>
  withServer(async ({ ask }) => {
    const headers = { authorization: undefined };
    const gets = ["/", "/api/session", "/api/files", "/api/recording?path=run.ndjson"];
    const posts = ["/api/open", "/api/state-file", "/api/runs", "/api/runs/1/cancel"];
    for (const path of [...gets, "/api/events", "/api/events?run=1", "/none"]) {
      assertEquals((await ask("GET", path, { headers })).status, 401, path);
    }
    for (const path of posts) {
      assertEquals((await ask("POST", path, { headers, body: {} })).status, 401, path);
    }
  }));

Deno.test("serveGui() listens on the loopback address only", () =>
  withServer(async ({ port }) => {
    const others = Deno.networkInterfaces().filter(({ family, address }) =>
      family === "IPv4" && !address.startsWith("127.")
    );
    for (const { address } of others) {
      const reached = await Deno.connect({ hostname: address, port }).then(
        (it) => (it.close(), true),
        () => false,
      );
      assert(!reached, address);
    }
  }));

Deno.test("serveGui() rejects paths outside of the folder in every request", () =>
  withServer(async ({ ask, started }) => {
    for (const path of ["../x.ts", "/etc/passwd", "https://evil.example/x.ts"]) {
      const asked = [
        await ask("POST", "/api/open", { body: { module: path } }),
        await ask("POST", "/api/runs", { body: { module: path } }),
        await ask("POST", "/api/state-file", { body: { path } }),
        await ask("GET", `/api/recording?path=${encodeURIComponent(path)}`),
      ];
      for (const { status, body } of asked) {
        assertEquals(status, 400, body);
        assertStringIncludes(body, "Cannot open");
      }
    }
    assertEquals(started.length, 0);
  }));

Deno.test("serveGui() responds 400 or 404 to malformed requests", () =>
  withServer(async ({ ask }) => {
    for (
      const body of [
        [],
        { module: 3 },
        { ...RUN, workers: 0 },
        { ...RUN, workers: 1.5 },
        { ...RUN, names: "a" },
        { ...RUN, names: [""] },
        { ...RUN, state: [] },
        { ...RUN, log: "yes" },
      ]
    ) {
      const answer = await ask("POST", "/api/runs", { body });
      assertEquals(answer.status, 400, JSON.stringify(body));
      assertStringIncludes(answer.body, "Cannot read");
    }
    assertEquals((await ask("GET", "/none")).status, 404);
    assertEquals((await ask("DELETE", "/api/runs")).status, 404);
    assertEquals((await ask("POST", "/api/runs", { body: { rerunOf: "1" } })).status, 400);
    assertEquals((await ask("POST", "/api/runs", { body: { rerunOf: 9 } })).status, 400);
    assertEquals((await ask("GET", "/api/events?run=9")).status, 400);
  }));

Deno.test("serveGui() streams a run, and sends earlier events to a late client", () =>
  withServer(async ({ ask, started }) => {
    const info = JSON.parse((await ask("POST", "/api/runs", { body: RUN })).body);
    assertEquals([info.id, info.request.module, info.end], [1, "build.ts", null]);
    const second = await ask("POST", "/api/runs", { body: RUN });
    assertEquals(second.status, 400);
    assertStringIncludes(second.body, "another run is active");
    const { run } = started[0]!;
    for (let seq = 0; seq < 5; seq++) run.publish(JSON.stringify({ seq }));
    run.finish(0);
    const until = "event: runs";
    const all = await ask("GET", "/api/events?run=1", { until });
    assertStringIncludes(all.head, "content-type: text/event-stream");
    assertStringIncludes(
      all.body,
      'id: 4\ndata: [{"seq":0},{"seq":1},{"seq":2},{"seq":3},{"seq":4}]',
    );
    assertStringIncludes(all.body, 'event: end\ndata: {"code":0');
    const rest = await ask("GET", "/api/events?run=1", {
      until,
      headers: { "last-event-id": "2" },
    });
    assertStringIncludes(rest.body, 'id: 4\ndata: [{"seq":3},{"seq":4}]');
    const session = JSON.parse((await ask("GET", "/api/session")).body);
    assertEquals(session.runs.map(({ id, end }: { id: number; end: unknown }) => [id, end]), [
      [1, { code: 0, signal: null, isCancelled: false }],
    ]);
  }));

Deno.test("serveGui() forwards a cancel, and cancels the active run on close", async () => {
  const kept: FakeRun[] = [];
  await withServer(async ({ ask, started }) => {
    await ask("POST", "/api/runs", { body: RUN });
    await ask("POST", "/api/runs/1/cancel", { body: {} });
    assertEquals(started[0]!.run.cancels, 1);
    const until = "event: runs";
    assertStringIncludes((await ask("GET", "/api/events?run=1", { until })).body, '"code":130');
    await ask("POST", "/api/runs", { body: RUN });
    kept.push(started[1]!.run);
  });
  assert(kept[0]!.cancels > 0);
});

Deno.test("serveGui() sends the end of the run and of the session on close", () =>
  withServer(async ({ ask, port, token, server, started }) => {
    await ask("POST", "/api/runs", { body: RUN });
    using socket = await watch(port, token);
    await textOf(socket, "event: runs"); // the stream has started before the session ends
    const closed = server.close();
    const body = await textOf(socket, "event: ended");
    assertEquals(started[0]!.run.cancels, 1);
    const [end, ended] = ["event: end\ndata: {", "event: ended\n"].map((it) => body.indexOf(it));
    assert(0 < end! && end! < ended!, body);
    await closed;
  }));

Deno.test("serveGui() does not wait on close for a client that does not read", () =>
  withServer(async ({ ask, port, token, server, started }) => {
    await ask("POST", "/api/runs", { body: RUN });
    for (let seq = 0; seq < 30; seq++) {
      started[0]!.run.publish(JSON.stringify({ seq, text: "x".repeat(1_000_000) }));
    }
    started[0]!.run.finish(0);
    using socket = await watch(port, token);
    await textOf(socket, "data: ");
    await server.close();
  }));

Deno.test("serveGui() serves state files, recordings and completions of the folder", () =>
  withServer(async ({ ask, folder }) => {
    const state = await ask("POST", "/api/state-file", { body: { path: "state.json" } });
    assertStringIncludes(state.body, '{"env":"dev"}');
    // Some editors write a byte order mark.
    await Deno.writeTextFile(`${folder}/marked.json`, '\ufeff{"a":1}');
    const marked = await ask("POST", "/api/state-file", { body: { path: "marked.json" } });
    assertStringIncludes(marked.body, '{"a":1}');
    await Deno.writeFile(`${folder}/latin1.json`, new Uint8Array([0x22, 0xe9, 0x22]));
    const latin1 = await ask("POST", "/api/state-file", { body: { path: "latin1.json" } });
    assertStringIncludes(latin1.body, "invalid UTF-8");
    const dropped = { name: "x.json", text: '{"a":1}' };
    assertStringIncludes((await ask("POST", "/api/state-file", { body: dropped })).body, '{"a":1}');
    const recording = await ask("GET", "/api/recording?path=run.ndjson");
    assertStringIncludes(recording.body, "run-started");
    const files = await ask("GET", "/api/files?typed=b&kind=module");
    assertStringIncludes(files.body, '[{"path":"build.ts"}]');
  }));

Deno.test("serveGui() serves the lines of a source, and null for one that is not here", () =>
  withServer(async ({ folder, ask }) => {
    await Deno.writeTextFile(`${folder}/shop.ts`, "one\ntwo\n");
    const source = async (path: string, line: number) => {
      const query = new URLSearchParams({ path, line: String(line) });
      const { status, body } = await ask("GET", `/api/source?${query}`);
      assertEquals(status, 200);
      return JSON.parse(body);
    };
    assertEquals((await source("shop.ts", 2)).lines, ["one", "two"]);
    // The file has changed, is that of another machine, or is none of the folder.
    assertEquals(await source("shop.ts", 9), null);
    assertEquals(await source("none.ts", 1), null);
    assertEquals(await source("../../etc/passwd", 1), null);
  }));

Deno.test("serveGui() responds 401 and explains when the token is invalid", () =>
  withServer(async ({ ask }) => {
    const headers = { authorization: undefined, origin: undefined };
    const { status, head, body } = await ask("GET", "/?token=old", { headers });
    assertEquals(status, 401);
    assertStringIncludes(head, "content-type: text/plain");
    assertStringIncludes(body, "open the URL that tdrun ui has printed");
  }));

Deno.test("serveGui() ends a run whose events cannot be read, and starts the next", () =>
  withServer(async ({ ask, started }) => {
    await ask("POST", "/api/runs", { body: RUN });
    started[0]!.run.end.reject(new Error("its folder is gone"));
    started[0]!.run.finish(0);
    const { body } = await ask("GET", "/api/events?run=1", { until: "event: runs" });
    assertStringIncludes(body, "Cannot follow the run: its folder is gone");
    assertEquals((await ask("POST", "/api/runs", { body: RUN })).status, 200);
  }));

Deno.test("serveGui() responds 413 to a body that is too large before it is read", () =>
  withServer(async ({ ask }) => {
    const headers = { "content-length": "600000000" };
    const { status, body } = await ask("POST", "/api/runs", {
      headers,
      body: {},
      until: "by its path",
    });
    assertEquals(status, 413);
    assertStringIncludes(body, "Cannot read the request: the body is larger than 32 MiB");
  }));
