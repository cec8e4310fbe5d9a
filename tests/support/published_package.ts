/**
 * The package of the working tree, published to a registry on this machine, and used in folders
 * without files of this repository, with an empty cache.
 */
import { assertEquals } from "@std/assert";
import { type CommandOptions, type Ended, inRepository, RunningCommand } from "./command.ts";
import { JsrRegistry } from "./jsr_registry.ts";
import { addStdPackages } from "./std_packages.ts";
import { pack } from "../../tools/pack.ts";

const { name, version } = JSON.parse(Deno.readTextFileSync(inRepository("deno.json")));

/** The name of the package. */
export const PACKAGE: string = name;
/** Its version. */
export const VERSION: string = version;

/** Whether npm packages are available: the package depends on some, and a new cache has none. */
const isNpmInReach = await isReachable(
  new URL("bullmq", Deno.env.get("NPM_CONFIG_REGISTRY") ?? "https://registry.npmjs.org/"),
);

async function isReachable(url: URL): Promise<boolean> {
  try {
    const signal = AbortSignal.timeout(5_000);
    return (await fetch(url, { method: "HEAD", signal })).ok;
  } catch {
    return false;
  }
}

/** Defines a test that needs npm packages; ignored if they are unavailable. */
export function npmTest(name: string, fn: (t: Deno.TestContext) => Promise<void>): void {
  const why = isNpmInReach ? "" : " (left out: npm is out of reach)";
  Deno.test({ name: name + why, ignore: !isNpmInReach, fn });
}

/** The package, published to a local registry. */
export class Published implements AsyncDisposable {
  readonly registry = new JsrRegistry();
  /** The folder for all files. */
  readonly folder: string;
  /** The output of `deno publish`. */
  warnings = "";

  private constructor(folder: string) {
    this.folder = folder;
  }

  /**
   * Creates and publishes the package.
   *
   * @param isChecked Whether types are checked, which takes most of the time.
   */
  static async create(isChecked = false): Promise<Published> {
    const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "thread-order-" }));
    const published = new Published(folder);
    await addStdPackages(published.registry);
    await pack(`${folder}/package`);
    await published.#publish(isChecked ? [] : ["--no-check"]);
    return published;
  }

  /**
   * Publishes the package again.
   *
   * @param version The version of the package.
   */
  publishAs(version: string): Promise<void> {
    return this.#publish(["--no-check", `--set-version=${version}`]);
  }

  async #publish(more: readonly string[]): Promise<void> {
    const flags = ["--token=none", "--allow-dirty", "--no-provenance", "--no-lock", ...more];
    const { code, stdout, stderr } = await new RunningCommand(
      [Deno.execPath(), "publish", ...flags],
      // Types are checked, including those of packages: slow on a busy machine.
      {
        folder: `${this.folder}/package`,
        env: { JSR_URL: this.registry.url, NO_COLOR: "1" },
        limitMs: 120_000,
      },
    ).ended;
    assertEquals(code, 0, `deno publish:\n${stdout}\n${stderr}`);
    this.warnings = stderr;
  }

  /** The environment for processes that use the registry and the cache. */
  get env(): Record<string, string> {
    return {
      JSR_URL: this.registry.url,
      DENO_DIR: `${this.folder}/cache`,
      DENO_INSTALL_ROOT: `${this.folder}/installed`,
      NO_COLOR: "1",
    };
  }

  /** Creates an empty folder. */
  async makeFolder(name: string): Promise<string> {
    await Deno.mkdir(`${this.folder}/${name}`, { recursive: true });
    return `${this.folder}/${name}`;
  }

  /** Runs Deno to its end. */
  deno(args: readonly string[], options: CommandOptions = {}): Promise<Ended> {
    return this.start([Deno.execPath(), ...args], options).ended;
  }

  /** Starts a program. */
  start(line: readonly string[], options: CommandOptions = {}) {
    const { folder = this.folder, env = {}, ...more } = options;
    return new RunningCommand(line, { folder, env: { ...this.env, ...env }, ...more });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.registry[Symbol.asyncDispose]();
    await Deno.remove(this.folder, { recursive: true });
  }
}
