/**
 * The service under test: notes in SQLite, behind an HTTP API. Its argument is the file of the
 * database. The service prints its address, and stops when its standard input ends, so it never
 * outlives the process that started it.
 */
import { DatabaseSync } from "node:sqlite";

const database = new DatabaseSync(Deno.args[0]!);

const query = (sql: string, ...values: (string | number)[]) => database.prepare(sql).all(...values);

/** Answers by method and kind of resource. */
const ROUTES: Record<string, (id: number, body: Record<string, unknown>) => Response> = {
  "GET health": () => Response.json({ status: "ok" }),
  "GET notes": (id) => {
    if (Number.isNaN(id)) return Response.json(query("SELECT * FROM notes ORDER BY id"));
    return found(query("SELECT * FROM notes WHERE id = ?", id));
  },
  "POST notes": (_id, { text }) => {
    if (!isText(text)) return Response.json({ error: "text expected" }, { status: 400 });
    const [note] = query("INSERT INTO notes (text) VALUES (?) RETURNING *", text);
    return Response.json(note, { status: 201 });
  },
  "PUT notes": (id, { text }) => {
    if (!isText(text)) return Response.json({ error: "text expected" }, { status: 400 });
    return found(query("UPDATE notes SET text = ? WHERE id = ? RETURNING *", text, id));
  },
  "DELETE notes": (id) => found(query("DELETE FROM notes WHERE id = ? RETURNING *", id)),
  "GET settings": () => found(query("SELECT * FROM settings")),
  "PUT settings": (_id, { title }) =>
    found(query("UPDATE settings SET title = ? RETURNING *", String(title))),
};

const server = Deno.serve({
  hostname: "127.0.0.1",
  port: 0,
  // deno-lint-ignore no-console -- the parent process reads the address
  onListen: ({ port }) => console.log(`http://127.0.0.1:${port}`),
}, async (request) => {
  const [, resource, id] = new URL(request.url).pathname.split("/");
  const route = ROUTES[`${request.method} ${resource}`];
  if (route === undefined) return Response.json({ error: "no such route" }, { status: 404 });
  const text = await request.text();
  return route(Number(id), text === "" ? {} : JSON.parse(text));
});

for await (const _ of Deno.stdin.readable);
await server.shutdown();
database.close();

function isText(value: unknown): value is string {
  return typeof value === "string" && value.length > 0 && value.length <= 100;
}

function found([row]: unknown[]): Response {
  return row === undefined
    ? Response.json({ error: "not found" }, { status: 404 })
    : Response.json(row);
}
