/** Redis and Valkey servers, as Debian packages them, started on this machine for one test. */
import { WORKER_ISOLATIONS, type WorkerIsolation } from "../../src/pool/isolation.ts";
import { bounded } from "./bounded.ts";

/** The programs of the servers. */
export const PROGRAMS = ["redis-server", "valkey-server"] as const;
/** A program of {@linkcode PROGRAMS}. */
export type Program = typeof PROGRAMS[number];

/** Registers a test for each server. A server whose program is missing has its test ignored. */
export function engineTest(
  name: string,
  fn: (program: Program, t: Deno.TestContext) => Promise<void>,
  programs: readonly Program[] = PROGRAMS,
): void {
  for (const program of programs) {
    const isThere = isInstalled(program);
    const why = isThere ? "" : ` (left out: no ${program}; apt-get install ${program})`;
    Deno.test({
      name: `${name} (${program})${why}`,
      ignore: !isThere,
      fn: (t) => fn(program, t),
    });
  }
}

/**
 * Registers a test for each isolation of workers, with their option: processes on each server, and
 * threads, for which the server is the same, on one.
 */
export function isolationTest(
  name: string,
  fn: (program: Program, isolate: `--isolate=${WorkerIsolation}`) => Promise<void>,
): void {
  for (const isolate of WORKER_ISOLATIONS) {
    const option = `--isolate=${isolate}` as const;
    const programs = isolate === "process" ? PROGRAMS : PROGRAMS.slice(0, 1);
    engineTest(`${name}, ${option}`, (program) => fn(program, option), programs);
  }
}

/** Whether a program is installed. */
export function isInstalled(program: string): boolean {
  try {
    return new Deno.Command(program, { args: ["--version"], stdout: "null", stderr: "null" })
      .outputSync().success;
  } catch {
    return false;
  }
}

/** Options of {@linkcode Server.start}. */
export interface ServerOptions {
  /** Options of the program: `["--appendonly", "yes"]`. */
  readonly args?: readonly string[];
  /** The address on which the server listens. */
  readonly host?: string;
  /** A certificate: the server accepts TLS only. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** The command that starts the server, such as `ip netns exec`. */
  readonly through?: readonly string[];
}

/** A running server. */
export class Server implements AsyncDisposable {
  /** The server's URL. */
  readonly url: string;
  readonly #line: readonly string[];
  readonly #folder: string;
  #child: Deno.ChildProcess | undefined;

  private constructor(line: readonly string[], folder: string, url: string) {
    this.#line = line;
    this.#folder = folder;
    this.url = url;
  }

  /** Starts a server. Resolves when it accepts connections. */
  static async start(program: Program, options: ServerOptions = {}): Promise<Server> {
    const { args = [], host = "127.0.0.1", tls, through = [] } = options;
    const folder = await Deno.makeTempDir({ prefix: "thread-order-server-" });
    const port = freePort();
    const ports = tls === undefined ? ["--port", `${port}`] : [
      ...["--port", "0", "--tls-port", `${port}`, "--tls-auth-clients", "no"],
      ...["--tls-cert-file", tls.cert, "--tls-key-file", tls.key],
    ];
    const line = [
      ...[...through, program, "--bind", host, "--dir", folder, "--save", ""],
      ...[...ports, ...args],
    ];
    const scheme = tls === undefined ? "redis" : "rediss";
    const server = new Server(line, folder, `${scheme}://${host}:${port}`);
    await server.restart();
    return server;
  }

  /** Kills the server, as a power cut does. */
  async kill(): Promise<void> {
    this.#child?.kill("SIGKILL");
    await this.#child?.status;
    this.#child = undefined;
  }

  /** Starts the server again, at the same address. */
  async restart(): Promise<void> {
    const [program = "", ...args] = this.#line;
    const child = this.#child = new Deno.Command(program, {
      args,
      stdin: "null",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    const ready = Promise.withResolvers<void>();
    readLines(
      child.stdout,
      (line) => line.includes("Ready to accept connections") && ready.resolve(),
    )
      .then((text) => ready.reject(new Error(`${program} does not start:\n${text}`)));
    await bounded(ready.promise, `${program} to take connections`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    await Deno.remove(this.#folder, { recursive: true });
  }
}

/**
 * Returns a free port below those that systems give to clients (from 32768 on Linux): a port of
 * theirs could be taken by a connection before the server listens.
 */
function freePort(): number {
  for (let attempt = 0; attempt < 100; attempt++) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    try {
      Deno.listen({ hostname: "127.0.0.1", port }).close();
      return port;
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    }
  }
  throw new Error("no free port from 20000 to 31999");
}

/** Reads lines until the end. Resolves with the whole text. */
async function readLines(
  stream: ReadableStream<Uint8Array>,
  onLine: (line: string) => unknown,
): Promise<string> {
  let text = "";
  let rest = "";
  for await (
    const part of stream.pipeThrough(new TextDecoderStream() as never) as AsyncIterable<string>
  ) {
    text += part;
    const lines = (rest + part).split("\n");
    rest = lines.pop()!;
    for (const line of lines) onLine(line);
  }
  return text;
}
