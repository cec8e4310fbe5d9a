/**
 * The package that is made of the working tree: published to a registry on this machine, to be used from folders that
 * have nothing of this repository, with a cache that was empty.
 */
import { assertEquals } from "@std/assert";
import { type CommandOptions, type Ended, inRepository, RunningCommand } from "./command.ts";
import { JsrRegistry } from "./jsr_registry.ts";
import { pack } from "../../tools/pack.ts";

const { name, version } = JSON.parse(Deno.readTextFileSync(inRepository("deno.json")));

/** The name of the package. */
export const PACKAGE: string = name;
/** Its version. */
export const VERSION: string = version;

/** Whether packages of npm can be had: the package depends on some, and a new cache has none. */
const isNpmInReach = await isReachable(
  new URL("commander", Deno.env.get("NPM_CONFIG_REGISTRY") ?? "https://registry.npmjs.org/"),
);

async function isReachable(url: URL): Promise<boolean> {
  try {
    const signal = AbortSignal.timeout(5_000);
    return (await fetch(url, { method: "HEAD", signal })).ok;
  } catch {
    return false;
  }
}

/** A test that needs packages of npm. Where they cannot be had it is left out, and says so. */
export function npmTest(name: string, fn: (t: Deno.TestContext) => Promise<void>): void {
  const why = isNpmInReach ? "" : " (left out: npm is out of reach)";
  Deno.test({ name: name + why, ignore: !isNpmInReach, fn });
}

/** See the head of this file. */
export class Published implements AsyncDisposable {
  readonly registry = new JsrRegistry();
  /** A folder for everything that is about to be. */
  readonly folder: string;
  /** What `deno publish` has said. */
  warnings = "";

  private constructor(folder: string) {
    this.folder = folder;
  }

  /**
   * Makes the package and publishes it.
   *
   * @param isChecked Whether its types are checked, which takes most of the time.
   */
  static async create(isChecked = false): Promise<Published> {
    const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "thread-order-" }));
    const published = new Published(folder);
    await pack(`${folder}/package`);
    await published.#publish(isChecked ? [] : ["--no-check"]);
    return published;
  }

  /**
   * Publishes it once more.
   *
   * @param version The version it is to have.
   */
  publishAs(version: string): Promise<void> {
    return this.#publish(["--no-check", `--set-version=${version}`]);
  }

  async #publish(more: readonly string[]): Promise<void> {
    const flags = ["--token=none", "--allow-dirty", "--no-provenance", "--no-lock", ...more];
    const { code, stdout, stderr } = await new RunningCommand(
      [Deno.execPath(), "publish", ...flags],
      // Types are checked, those of packages too: on a busy machine that takes its time.
      {
        folder: `${this.folder}/package`,
        env: { JSR_URL: this.registry.url, NO_COLOR: "1" },
        limitMs: 120_000,
      },
    ).ended;
    assertEquals(code, 0, `deno publish:\n${stdout}\n${stderr}`);
    this.warnings = stderr;
  }

  /** What a process needs to get the package from here, and to keep it here. */
  get env(): Record<string, string> {
    return {
      JSR_URL: this.registry.url,
      DENO_DIR: `${this.folder}/cache`,
      DENO_INSTALL_ROOT: `${this.folder}/installed`,
      NO_COLOR: "1",
    };
  }

  /** Makes an empty folder. */
  async makeFolder(name: string): Promise<string> {
    await Deno.mkdir(`${this.folder}/${name}`, { recursive: true });
    return `${this.folder}/${name}`;
  }

  /** Runs Deno, to its end. */
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
