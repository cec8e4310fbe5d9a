/**
 * Runs the command as users do: as a process. Every process has a time limit, so that a hang is a
 * failed test; tests wait for lines of output, never for time to pass.
 */
import { urlToPath } from "../../src/runtime/file_url.ts";
import { writeLocalConfig } from "./local_config.ts";

const ROOT = new URL("../../", import.meta.url);
const LIMIT_MS = 30_000;

/** Whether tests use the package in dist rather than the sources: in tests/e2e. */
const IS_PACKAGE = Deno.env.get("TRIED") === "package" && Deno.mainModule.includes("/tests/e2e/");

/** The library for temporary modules: `import { mark } from "${LIBRARY}"`. */
export const LIBRARY = ours(IS_PACKAGE ? "mod.js" : "mod.ts").href;

/** The command, as a file. */
export const CLI = urlToPath(ours(IS_PACKAGE ? "cli.js" : "cli.ts"));

/** The configuration that the command, or a script with the library, is run with. */
export const CONFIG = IS_PACKAGE
  ? writeLocalConfig(inRepository("dist"))
  : inRepository("deno.json");

function ours(path: string): URL {
  return new URL(path, IS_PACKAGE ? new URL("dist/", ROOT) : ROOT);
}

/** Resolves a path in this repository. */
export function inRepository(path: string): string {
  return urlToPath(new URL(path, ROOT));
}

/** The end of a process. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Options of a process. */
export interface CommandOptions {
  /** The current directory; by default the repository. */
  readonly folder?: string;
  readonly env?: Record<string, string>;
  /** Whether the process leads a process group, as one started in a terminal. */
  readonly isLeader?: boolean;
  /** Time limit in ms; by default 30 s. */
  readonly limitMs?: number;
}

/** Runs `tdrun` with arguments to its end. */
export function tdrun(args: readonly string[], options: CommandOptions = {}): Promise<Ended> {
  return startTdrun(args, options).ended;
}

/** Runs a script to its end. */
export function script(path: string, options: CommandOptions = {}): Promise<Ended> {
  return new RunningCommand(denoRun(path, []), options).ended;
}

/** Starts `tdrun`. */
export function startTdrun(
  args: readonly string[],
  options: CommandOptions = {},
): RunningCommand {
  return new RunningCommand(tdrunLine(args), options);
}

/** Starts a script. */
export function startScript(
  path: string,
  args: readonly string[],
  options: CommandOptions = {},
): RunningCommand {
  return new RunningCommand(denoRun(path, args), options);
}

/** The command line of `tdrun` with arguments. */
export function tdrunLine(args: readonly string[]): string[] {
  return denoRun(CLI, args);
}

/** Runs a line of bash, in which `"$@"` is `tdrun` with arguments. */
export function bash(
  line: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<Ended> {
  return new RunningCommand(["bash", "-c", line, "bash", ...tdrunLine(args)], options).ended;
}

function denoRun(path: string, args: readonly string[]): string[] {
  const config = ["--config", CONFIG, "--no-lock"];
  return [Deno.execPath(), "run", "-q", "-A", ...config, path, ...args];
}

/** Time between two signals in milliseconds. */
const AGAIN_MS = 50;

/** A running process. */
export class RunningCommand {
  /** Resolves when the process has ended; rejects when it exceeded its time limit. */
  readonly ended: Promise<Ended>;
  readonly #child: Deno.ChildProcess;
  #stdout = "";
  #stderr = "";
  #onOutput: () => void = () => {};

  constructor(line: readonly string[], options: CommandOptions) {
    const { folder = urlToPath(ROOT), env = {}, isLeader = false, limitMs = LIMIT_MS } = options;
    const [program = "", ...args] = line;
    this.#child = new Deno.Command(program, {
      args,
      cwd: folder,
      env,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
      detached: isLeader,
    }).spawn();
    this.ended = this.#run(line, limitMs);
    this.ended.catch(() => {}); // the caller handles the rejection
  }

  /** The standard error so far. */
  get stderr(): string {
    return this.#stderr;
  }

  /** The id of the process. */
  get pid(): number {
    return this.#child.pid;
  }

  /** Sends a signal. */
  kill(signal: Deno.Signal): void {
    this.#child.kill(signal);
  }

  /**
   * Sends a signal until the process has ended. Signals that follow soon after the first one are
   * its duplicates.
   */
  async killUntilEnded(signal: Deno.Signal): Promise<Ended> {
    let isOver = false;
    const ended = this.ended.finally(() => isOver = true);
    while (!isOver) {
      try {
        this.#child.kill(signal);
      } catch (error) {
        if (!(error instanceof TypeError)) throw error; // the process has ended
      }
      await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, AGAIN_MS))]);
    }
    return await ended;
  }

  /** Resolves when standard error contains a text. */
  async waitFor(text: string): Promise<void> {
    const seen = new Promise<void>((resolve) => {
      this.#onOutput = () => this.#stderr.includes(text) && resolve();
      this.#onOutput();
    });
    const over = this.ended.then(({ code, stderr }) => {
      if (stderr.includes(text)) return;
      throw new Error(`It ended with ${code} and never printed "${text}":\n${stderr}`);
    });
    await Promise.race([seen, over]);
  }

  /** Resolves at the next output, or the end. */
  async nextOutput(): Promise<void> {
    const next = new Promise<void>((resolve) => this.#onOutput = resolve);
    const over = this.ended.then(({ code, stderr }) => {
      throw new Error(`It ended with ${code}:\n${stderr}`);
    });
    await Promise.race([next, over]);
  }

  async #run(line: readonly string[], limitMs: number): Promise<Ended> {
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      this.#child.kill("SIGKILL");
    }, limitMs);
    const [{ code }] = await Promise.all([
      this.#child.status,
      this.#read(this.#child.stdout, (text) => this.#stdout += text),
      this.#read(this.#child.stderr, (text) => this.#stderr += text),
    ]);
    clearTimeout(timer);
    const ended = { code, stdout: this.#stdout, stderr: this.#stderr };
    if (isLate) throw new Error(`Still running after ${limitMs} ms: ${describe(line, ended)}`);
    return ended;
  }

  async #read(stream: ReadableStream<Uint8Array>, take: (text: string) => void): Promise<void> {
    const decoder = new TextDecoder();
    for await (const bytes of stream) {
      take(decoder.decode(bytes, { stream: true }));
      this.#onOutput();
    }
  }
}

function describe(line: readonly string[], { stdout, stderr }: Ended): string {
  return `${line.join(" ")}\n--- stdout\n${stdout}\n--- stderr\n${stderr}`;
}

/** The import of temporary modules, so that tests show only what they test. */
const HEAD = `import { dmark, formatGraph, logger, mark, Scheduler } from "${LIBRARY}";\n`;

/**
 * A temporary folder for one test.
 *
 * ```ts ignore
 * await using space = await TestSpace.create();
 * await space.module("work.ts", `export const a = mark(() => 1);`);
 * const { code } = await space.tdrun(["work.ts"]);
 * ```
 */
export class TestSpace implements AsyncDisposable {
  readonly #args: readonly string[];
  readonly #isShared: boolean;

  private constructor(readonly folder: string, args: readonly string[] = [], isShared = false) {
    this.#args = args;
    this.#isShared = isShared;
  }

  /** Creates a folder. Each `tdrun` there gets the arguments. */
  static async create(args: readonly string[] = []): Promise<TestSpace> {
    const folder = await Deno.makeTempDir({ prefix: "thread-order-" });
    return new TestSpace(await Deno.realPath(folder), args);
  }

  /** Reuses the folder for another test, which leaves it empty. Each `tdrun` gets the arguments. */
  shared(args: readonly string[]): TestSpace {
    return new TestSpace(this.folder, args, true);
  }

  /** Writes a file in one step: a watch must not see an empty one. */
  async file(name: string, text: string): Promise<void> {
    const written = `${this.folder}.${crypto.randomUUID()}`;
    await Deno.writeTextFile(written, text);
    await Deno.rename(written, `${this.folder}/${name}`);
  }

  /** Writes a module, after a line that imports the library. */
  async module(name: string, text: string): Promise<void> {
    await this.file(name, HEAD + text);
  }

  /** Runs `tdrun` in the folder to its end. */
  tdrun(args: readonly string[], env: Record<string, string> = {}): Promise<Ended> {
    return tdrun([...args, ...this.#args], { folder: this.folder, env });
  }

  /** Starts `tdrun` in the folder. */
  start(args: readonly string[], options: CommandOptions = {}): RunningCommand {
    return startTdrun([...args, ...this.#args], { folder: this.folder, ...options });
  }

  /** Writes a module and runs the command with it. */
  async tdrunModule(
    text: string,
    args: readonly string[] = [],
    env: Record<string, string> = {},
  ): Promise<Ended> {
    await this.module("module.ts", text);
    return await this.tdrun(["module.ts", ...args], env);
  }

  /** Writes a script, after a line that imports the library, and runs it without the command. */
  async script(text: string): Promise<Ended> {
    await this.module("script.ts", text);
    return await script(`${this.folder}/script.ts`, { folder: this.folder });
  }

  /** Removes the folder, or its contents. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#isShared) return await Deno.remove(this.folder, { recursive: true });
    for (const { name } of Deno.readDirSync(this.folder)) {
      await Deno.remove(`${this.folder}/${name}`, { recursive: true });
    }
  }
}

/** The statuses of the task lines on standard error, by task: `{ a: "PASSED" }`. */
export function statuses(stderr: string): Record<string, string> {
  return Object.fromEntries(finishedTasks(stderr));
}

/** The tasks of the task lines on standard error, in the order in which they finished. */
export function order(stderr: string): string[] {
  return finishedTasks(stderr).map(([name]) => name);
}

function finishedTasks(stderr: string): (readonly [name: string, status: string])[] {
  const line = /^.*? (?:\[thread_\d+\] )?(\S+) \.+ ([A-Z]+) \[ *\d+% \](?: .*)?$/gm;
  return [...stderr.matchAll(line)].map(([, name = "", status = ""]) => [name, status] as const);
}

/** The last line of standard output, without the time: `==== 1 passed, 0 failed, 0 skipped`. */
export function lastLine(stdout: string): string {
  return stdout.trimEnd().split("\n").at(-1)?.replace(/ in \d+\.\d\ds ====$/, "") ?? "";
}

/** The results that a script has printed as its last line of JSON. */
// deno-lint-ignore no-explicit-any -- the result depends on the script
export function printed({ stdout, stderr }: Ended): any {
  try {
    return JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "");
  } catch {
    throw new Error(`No JSON on the last line:\n${stdout}\n--- stderr\n${stderr}`);
  }
}
