/**
 * PostgreSQL as a resource: a server with an empty database in a temporary folder, for the run
 * alone. Where it is not installed, the tests are skipped with that reason.
 *
 *     deno run -A cli.ts examples/integration/postgres.ts
 */
import { existsSync } from "node:fs";
import { assertEquals } from "@std/assert";
import { mark, resource } from "@thread-order/cli";

/** The Unix user of the server, which does not run as root. */
const USER = "postgres";
/** Runs a server until it exits, or until the input ends: then the server shuts down. */
const UNTIL_INPUT_ENDS =
  'exec 3<&0; "$@" & server=$!; (cat <&3 >/dev/null; kill -INT $server) & wait $server';

export const database = resource({ timeout: "60s" }, async (_state, task) => {
  const programs = newestPrograms();
  if (programs === undefined) task.skip("no PostgreSQL: apt-get install postgresql");
  const folder = (await run(asUser("mktemp", "-d", "/tmp/postgres-XXXXXX"))).trim();
  const options = ["-D", folder, "-U", USER, "--auth=trust", "--no-sync"];
  await run(asUser(`${programs}/initdb`, ...options));
  const port = freePort();
  const settings = [
    "-c",
    "listen_addresses=127.0.0.1",
    "-c",
    "log_min_messages=fatal",
    "-k",
    folder,
  ];
  const server = [`${programs}/postgres`, "-D", folder, "-p", `${port}`, ...settings];
  const [program, ...args] = asUser("sh", "-c", UNTIL_INPUT_ENDS, "sh", ...server);
  const child = new Deno.Command(program!, { args, stdin: "piped" }).spawn();
  const value = { host: "127.0.0.1", port, user: USER };
  let end: Deno.CommandStatus | undefined;
  child.status.then((status) => end = status);
  while (!await isReady(value)) {
    task.signal.throwIfAborted();
    if (end !== undefined) throw new Error(`postgres exited with code ${end.code}`);
  }
  return {
    value,
    lost: child.status,
    async [Symbol.asyncDispose]() {
      await child.stdin.close();
      await child.status;
      await Deno.remove(folder, { recursive: true });
    },
  };
});

export const creates_table = mark({ use: { database } }, async (_state, task) => {
  await sql(task.use.database, "CREATE TABLE notes (id serial PRIMARY KEY, text text NOT NULL)");
});

export const inserts = mark({ after: [creates_table], use: { database } }, async (_state, task) => {
  const insert = "INSERT INTO notes (text) VALUES ('buy tea'), ('buy mugs') RETURNING text";
  assertEquals(await sql(task.use.database, insert), ["buy tea", "buy mugs"]);
});

export const rejects_null = mark(
  { after: [creates_table], use: { database } },
  async (_state, task) => {
    const failed = await sql(task.use.database, "INSERT INTO notes (text) VALUES (NULL)")
      .then(() => false, () => true);
    assertEquals(failed, true);
  },
);

interface Address {
  readonly host: string;
  readonly port: number;
  readonly user: string;
}

/** The folder of the programs of the newest version, as Debian installs them. */
function newestPrograms(): string | undefined {
  const root = "/usr/lib/postgresql";
  if (!existsSync(root)) return undefined;
  const versions = [...Deno.readDirSync(root)].map(({ name }) => Number(name));
  return versions.sort((a, b) => b - a).map((version) => `${root}/${version}/bin`)
    .find((folder) => existsSync(`${folder}/initdb`)); // a client alone has a folder, too
}

/** The command line as the user of the server, for root; otherwise as the user who runs this. */
function asUser(...line: string[]): string[] {
  return Deno.uid() === 0 ? ["runuser", "-u", USER, "--", ...line] : line;
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/** Whether the server answers queries: its port is open some time before. */
async function isReady(address: Address): Promise<boolean> {
  return await sql(address, "SELECT 1").then(() => true, () => false);
}

/** Runs a statement. Returns the rows, with columns separated by `|`. */
async function sql({ host, port, user }: Address, statement: string): Promise<string[]> {
  const args = ["-h", host, "-p", `${port}`, "-U", user, "-v", "ON_ERROR_STOP=1", "-qtA"];
  const output = await run(["psql", ...args, "-c", statement, "postgres"]);
  return output.split("\n").filter((line) => line !== "");
}

async function run([program, ...args]: string[]): Promise<string> {
  const command = new Deno.Command(program!, { args, cwd: "/" });
  const { success, code, stdout, stderr } = await command.output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  if (success) return text(stdout);
  throw new Error(`${program} exited with code ${code}: ${text(stderr).trim()}`);
}
