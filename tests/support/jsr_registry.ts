/**
 * A JSR registry on this machine: receives packages of `deno publish`, and serves them as jsr.io
 * does. Deno uses the registry of the environment variable `JSR_URL`. Everything is in memory.
 */
import { assert } from "@std/assert";
import { untar } from "./tar.ts";

/** A file of a version. */
interface ManifestEntry {
  readonly size: number;
  readonly checksum: string;
}

const PACKAGE = /^\/api\/scopes\/([^/]+)\/packages\/([^/]+)$/;
const VERSION = /^\/api\/scopes\/([^/]+)\/packages\/([^/]+)\/versions\/([^/]+)$/;
/** The response to `deno publish` when it polls the progress. */
const DAY_MS = 24 * 60 * 60 * 1000;
const SUCCESS = { id: "00000000-0000-0000-0000-000000000000", status: "success", error: null };

/** A JSR registry in memory. */
export class JsrRegistry implements AsyncDisposable {
  /** Age of new packages: by default Deno ignores packages younger than a day. */
  ageMs = 2 * DAY_MS;
  readonly #files = new Map<string, Uint8Array<ArrayBuffer>>();
  readonly #versions = new Map<string, Record<string, { readonly createdAt: string }>>();
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  /** Starts an empty registry. */
  constructor() {
    this.#server = Deno.serve(
      { port: 0, hostname: "127.0.0.1", onListen: () => {} },
      (request) => this.#answer(request),
    );
  }

  /** The value of `JSR_URL`. */
  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}/`;
  }

  /** The paths of a package's files, from its root: `["/deno.json", "/mod.ts"]`. */
  filesOf(name: string, version: string): string[] {
    const start = `/${name}/${version}/`;
    const paths = [...this.#files.keys()].filter((path) => path.startsWith(start));
    return paths.map((path) => path.slice(start.length - 1)).sort();
  }

  /** The content of a published file. */
  textOf(name: string, version: string, path: string): string {
    const bytes = this.#files.get(`/${name}/${version}${path}`);
    assert(bytes !== undefined, `${name}@${version} has no ${path}`);
    return new TextDecoder().decode(bytes);
  }

  /**
   * Adds a version of a package.
   *
   * @param files The files, by path from the root of the package.
   * @param config The path of the file with the exports.
   */
  async add(
    name: string,
    version: string,
    files: ReadonlyMap<string, Uint8Array<ArrayBuffer>>,
    config = "deno.json",
  ): Promise<void> {
    const manifest: Record<string, ManifestEntry> = {};
    for (const [file, bytes] of files) {
      const path = `/${file.replace(/^\.?\//, "")}`;
      this.#files.set(`/${name}/${version}${path}`, bytes);
      manifest[path] = { size: bytes.length, checksum: `sha256-${await sha256(bytes)}` };
    }
    const { exports } = JSON.parse(new TextDecoder().decode(files.get(config)));
    this.#keep(`/${name}/${version}_meta.json`, { manifest, exports });
    const createdAt = new Date(Date.now() - this.ageMs).toISOString();
    const versions = { ...this.#versions.get(name), [version]: { createdAt } };
    this.#versions.set(name, versions);
    this.#keep(`/${name}/meta.json`, { latest: version, versions });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }

  async #answer(request: Request): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    const path = decodeURIComponent(pathname);
    const [, scope, name, version] = VERSION.exec(path) ?? PACKAGE.exec(path) ?? [];
    if (scope === undefined || name === undefined) return this.#serve(path);
    if (version === undefined) return Response.json({ scope, name });
    if (request.method !== "POST") return new Response("not published yet", { status: 404 });
    const config = searchParams.get("config")?.slice(1);
    assert(request.body !== null, "nothing was sent");
    await this.add(`@${scope}/${name}`, version, await untar(request.body), config);
    const published = { packageScope: scope, packageName: name, packageVersion: version };
    return Response.json({ ...SUCCESS, ...published });
  }

  #serve(path: string): Response {
    const bytes = this.#files.get(path);
    if (bytes === undefined) return new Response("not found", { status: 404 });
    return new Response(bytes, { headers: { "content-type": contentType(path) } });
  }

  #keep(path: string, value: unknown): void {
    this.#files.set(path, new TextEncoder().encode(JSON.stringify(value)));
  }
}

function contentType(path: string): string {
  if (path.endsWith(".ts")) return "text/typescript";
  if (path.endsWith(".json")) return "application/json";
  return path.endsWith(".js") ? "text/javascript" : "text/plain";
}

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}
