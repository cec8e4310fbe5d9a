/**
 * The Dockerfile, built and run by buildah: without an engine, a daemon or an image registry. An
 * image of debootstrap's Debian and of this Deno replaces the base image. It is cached, since
 * building it takes half a minute.
 */
import { urlToPath } from "../../src/runtime/file_url.ts";
import { JsrRegistry } from "./jsr_registry.ts";
import { addStdPackages } from "./std_packages.ts";

const REPOSITORY = urlToPath(new URL("../../", import.meta.url));
const LIMIT_MS = 300_000;

/** The output and the exit code of a program. */
export interface Output {
  readonly code: number;
  /** Both streams, in the order of writing. */
  readonly text: string;
}

/**
 * Required programs, by their Debian package. buildah needs netavark even without a network, and
 * netavark is not in PATH.
 */
export const CONTAINER_PROGRAMS = ["buildah", "debootstrap", "netavark"];
const HELPERS = ["/usr/local/libexec", "/usr/local/lib", "/usr/libexec", "/usr/lib"];

/** The reason why containers are not available; undefined if they are. */
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

  /** Builds the image. */
  static async build(): Promise<Image> {
    const dockerfile = await Deno.readTextFile(`${REPOSITORY}Dockerfile`);
    const base = /^FROM (\S+)/m.exec(dockerfile)![1]!;
    const entry: string[] = JSON.parse(/^ENTRYPOINT (\[.*\])$/m.exec(dockerfile)![1]!);
    const buildah = await Buildah.open();
    await buildah.haveBase(`docker.io/${base}`);
    const name = `localhost/thread-order:test-${Deno.pid}`;
    // Not jsr.io, which may be unreachable; the registry ends with the build, as does the network.
    await using registry = new JsrRegistry();
    await addStdPackages(registry);
    const env = ["--env", `JSR_URL=${registry.url}`];
    await buildah.build(name, `${REPOSITORY}Dockerfile`, REPOSITORY, env);
    const container = await buildah.ok(["from", "--pull=never", ...buildah.limits, name]);
    return new Image(buildah, name, container, entry);
  }

  /** Runs the image as `docker run -v folder:/work IMAGE args` does, without a network. */
  run(folder: string, args: readonly string[], options: readonly string[] = []): Promise<Output> {
    return this.exec(folder, [...this.entry, ...args], options);
  }

  /** Runs a program in the image. Its output goes to a file: buildah may lose the end of a pipe. */
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
      // Port 9 is closed: the image cannot download anything.
      ...["--env", "HTTPS_PROXY=http://127.0.0.1:9", "--env", "NO_COLOR=1"],
      ...["--env", "TINI_SUBREAPER=1"], // only Docker starts it as the first process
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

  /** Removes the image. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.buildah.call(["rm", this.container]);
    await this.buildah.call(["rmi", this.name]);
  }
}

/** Calls buildah with the options that are needed without a container engine. */
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

  /** Runs buildah and returns the last line of its output. Throws on failure. */
  async ok(args: readonly string[]): Promise<string> {
    const { code, text } = await this.call(args);
    if (code !== 0) throw new Error(`buildah ${args.join(" ")} ended with ${code}:\n${text}`);
    return text.trim().split("\n").at(-1)!;
  }

  async build(
    name: string,
    dockerfile: string,
    folder: string,
    options: readonly string[] = [],
  ): Promise<void> {
    await this.ok([
      ...["build", "--isolation", "chroot", "--network", "host", "--pull=never", ...this.limits],
      ...options,
      ...["--quiet", "--tag", name, "--file", dockerfile, folder],
    ]);
  }

  /** Creates the replacement of the base image, unless it is cached. */
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

/** The certificates of this machine, which may trust a proxy. */
const CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt";

/** The parts of the official image on which the Dockerfile depends. */
const BASE = `FROM scratch
ADD root.tar /
COPY deno /usr/bin/deno
COPY certificates ${CERTIFICATES}
RUN ln -s /usr/bin/tini /tini && useradd --uid 1993 --user-group deno \\
  && mkdir /deno-dir && chown deno:deno /deno-dir
ENV DENO_DIR=/deno-dir/ DENO_CERT=${CERTIFICATES}
`;

/** The hard limits of this machine: buildah requests more than a nested container allows. */
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
