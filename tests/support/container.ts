/**
 * The Dockerfile, built and run by buildah: no engine, no daemon, no image registry. What Docker would
 * pull stands in for by an image made of debootstrap's Debian and of this Deno. It is kept in the
 * cache folder, since making it takes half a minute.
 */
import { urlToPath } from "../../src/runtime/file_url.ts";
const REPOSITORY = urlToPath(new URL("../../", import.meta.url));
const LIMIT_MS = 300_000;

/** What a program has written, and how it ended. */
export interface Output {
  readonly code: number;
  /** Both streams, as they were written. */
  readonly text: string;
}

/**
 * What has to be installed, by its name in Debian. buildah does nothing without netavark, not even where
 * no network is set up, and that is no program of the path.
 */
export const CONTAINER_PROGRAMS = ["buildah", "debootstrap", "netavark"];
const HELPERS = ["/usr/local/libexec", "/usr/local/lib", "/usr/libexec", "/usr/lib"];

/** Why containers cannot be made here, if they cannot. */
export function whyNoContainers(): string | undefined {
  if (Deno.build.os !== "linux" || Deno.uid() !== 0) return "it needs root on Linux";
  const missing = CONTAINER_PROGRAMS.filter((program) => !isInstalled(program));
  return missing.length > 0 ? `${missing.join(" and ")} is not installed` : undefined;
}

/** An image of the Dockerfile. */
export class Image implements AsyncDisposable {
  private constructor(
    private readonly buildah: Buildah,
    private readonly name: string,
    private readonly container: string,
    private readonly entry: readonly string[],
  ) {}

  /** Builds it. */
  static async build(): Promise<Image> {
    const dockerfile = await Deno.readTextFile(`${REPOSITORY}Dockerfile`);
    const base = /^FROM (\S+)/m.exec(dockerfile)![1]!;
    const entry: string[] = JSON.parse(/^ENTRYPOINT (\[.*\])$/m.exec(dockerfile)![1]!);
    const buildah = await Buildah.open();
    await buildah.haveBase(`docker.io/${base}`);
    const name = `localhost/thread-order:test-${Deno.pid}`;
    await buildah.build(name, `${REPOSITORY}Dockerfile`, REPOSITORY);
    const container = await buildah.ok(["from", "--pull=never", ...buildah.limits, name]);
    return new Image(buildah, name, container, entry);
  }

  /** What `docker run -v folder:/work IMAGE args` does, without a network. */
  run(folder: string, args: readonly string[], options: readonly string[] = []): Promise<Output> {
    return this.exec(folder, [...this.entry, ...args], options);
  }

  /** Runs a program in the image. It writes to a file: buildah may lose what comes last in a pipe. */
  async exec(
    folder: string,
    line: readonly string[],
    options: readonly string[] = [],
  ): Promise<Output> {
    const out = await Deno.makeTempDir({ prefix: "thread-order-docker-" });
    await Deno.chmod(out, 0o777);
    const { code, text } = await this.buildah.call([
      ...["run", "--isolation", "chroot", "--network", "host"],
      ...["-v", `${folder}:/work`, "-v", `${out}:/out`],
      // Nobody listens there: what the image does not have cannot be had.
      ...["--env", "HTTPS_PROXY=http://127.0.0.1:9", "--env", "NO_COLOR=1"],
      ...["--env", "TINI_SUBREAPER=1"], // it is the first process in Docker alone
      ...options,
      ...[this.container, "--", "sh", "-c", 'exec "$@" > /out/text 2>&1', "sh", ...line],
    ]);
    const written = await Deno.readTextFile(`${out}/text`).catch(() => text);
    await Deno.remove(out, { recursive: true });
    return { code, text: written };
  }

  /** The command as one word for a shell. */
  get command(): string {
    return this.entry.join(" ");
  }

  /** Removes it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.buildah.call(["rm", this.container]);
    await this.buildah.call(["rmi", this.name]);
  }
}

/** Calls buildah, with what it needs where there is no container engine. */
class Buildah {
  private constructor(private readonly folder: string, readonly limits: readonly string[]) {}

  static async open(): Promise<Buildah> {
    const cache = Deno.env.get("XDG_CACHE_HOME") ?? `${Deno.env.get("HOME")}/.cache`;
    const folder = `${cache}/thread-order-docker`;
    await Deno.mkdir(folder, { recursive: true });
    return new Buildah(folder, await hardLimits());
  }

  call(args: readonly string[]): Promise<Output> {
    const { folder } = this;
    const store = ["--root", `${folder}/storage`, "--runroot", `${folder}/run`];
    return output("buildah", ["--storage-driver", "vfs", ...store, ...args]);
  }

  /** The last line that a call writes, which has to go well. */
  async ok(args: readonly string[]): Promise<string> {
    const { code, text } = await this.call(args);
    if (code !== 0) throw new Error(`buildah ${args.join(" ")} ended with ${code}:\n${text}`);
    return text.trim().split("\n").at(-1)!;
  }

  async build(name: string, dockerfile: string, folder: string): Promise<void> {
    await this.ok([
      ...["build", "--isolation", "chroot", "--network", "host", "--pull=never", ...this.limits],
      ...["--quiet", "--tag", name, "--file", dockerfile, folder],
    ]);
  }

  /** Makes what stands in for the official image, if it is not there yet. */
  async haveBase(name: string): Promise<void> {
    if ((await this.call(["inspect", "--type=image", name])).code === 0) return;
    const work = await Deno.makeTempDir({ dir: this.folder });
    try {
      const { code, text } = await output("debootstrap", [
        ...["--variant=minbase", "--include=ca-certificates,tini", "trixie", `${work}/root`],
      ]);
      if (code !== 0) throw new Error(`debootstrap ended with ${code}:\n${text}`);
      await output("tar", ["-C", `${work}/root`, "-cf", `${work}/root.tar`, "."]);
      await Deno.copyFile(Deno.execPath(), `${work}/deno`);
      await Deno.copyFile(CERTIFICATES, `${work}/certificates`);
      await Deno.writeTextFile(`${work}/Dockerfile`, BASE);
      await Deno.writeTextFile(`${work}/.dockerignore`, "root\n");
      await this.build(name, `${work}/Dockerfile`, work);
    } finally {
      await Deno.remove(work, { recursive: true });
    }
  }
}

/** Of this machine: it may trust a proxy of its own. */
const CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt";

/** What the official image has of what the Dockerfile relies on. */
const BASE = `FROM scratch
ADD root.tar /
COPY deno /usr/bin/deno
COPY certificates ${CERTIFICATES}
RUN ln -s /usr/bin/tini /tini && useradd --uid 1993 --user-group deno \\
  && mkdir /deno-dir && chown deno:deno /deno-dir
ENV DENO_DIR=/deno-dir/ DENO_CERT=${CERTIFICATES}
`;

/** buildah asks for more open files and processes than a container in a container may have. */
async function hardLimits(): Promise<string[]> {
  const { text } = await output("bash", ["-c", "ulimit -Hn; ulimit -Hu"]);
  const names = ["nofile", "nproc"];
  return text.trim().split("\n").flatMap((limit, i) =>
    limit === "unlimited" ? [] : ["--ulimit", `${names[i]}=${limit}:${limit}`]
  );
}

async function output(program: string, args: readonly string[]): Promise<Output> {
  const { code, stdout, stderr } = await new Deno.Command(program, {
    args: [...args],
    stdin: "null",
    signal: AbortSignal.timeout(LIMIT_MS),
  }).output();
  const decoder = new TextDecoder();
  return { code, text: decoder.decode(stderr) + decoder.decode(stdout) };
}

function isInstalled(program: string): boolean {
  const path = HELPERS.map((folder) => `${folder}/podman`).join(":") + `:${Deno.env.get("PATH")}`;
  return path.split(":").some((folder) => {
    try {
      return Deno.statSync(`${folder}/${program}`).isFile;
    } catch {
      return false;
    }
  });
}
