/**
 * Temporary folders for the code of pages, with the files of the page, the examples, and `tdrun`
 * and `deno` as for a reader.
 */
const ROOT = new URL("../../", import.meta.url);
/** Environment variables that readers do not have. */
const DECIDES_WHAT_IS_SHOWN = /^(CI$|GITHUB_|NO_COLOR$|FORCE_COLOR$|TDRUN_|LANG$|LC_)/;
const LIMIT_MS = 60_000;

/** Separator between the outputs of the commands of a block. */
const MARK = "\x1e";

const PACKAGE = "jsr:@thread-order/cli";
/** The command from the working tree. */
const UNINSTALLED = `deno run -A ${PACKAGE}`;

/** An installed command. */
export interface InstalledCommand {
  readonly file: string;
  /** Environment variables of the command. */
  readonly env: Readonly<Record<string, string>>;
}

/** A folder in which the code of a page runs. */
export class PageFolder implements AsyncDisposable {
  private constructor(
    readonly path: string,
    private readonly bin: string,
    private readonly env: Readonly<Record<string, string>>,
  ) {}

  /**
   * Creates a folder.
   *
   * @param installed An installed command; by default the command of the working tree.
   */
  static async create(installed?: InstalledCommand): Promise<PageFolder> {
    const root = await Deno.realPath(await Deno.makeTempDir({ prefix: "thread-order-docs-" }));
    const [path, bin] = [`${root}/page`, `${root}/bin`];
    await copyFolder("examples/", `${path}/examples/`);
    await Deno.mkdir(bin);
    const config = `${root}/deno.json`;
    const library = installed ? PACKAGE : url("mod.ts");
    await Deno.writeTextFile(config, JSON.stringify(await configuration(library)));
    const options = `-q --no-lock --config '${config}'`;
    const deno = `'${Deno.execPath()}'`;
    const own = `${deno} run -A ${options} '${url("cli.ts")}'`;
    await program(`${bin}/tdrun`, `exec ${installed ? `'${installed.file}'` : own} "$@"`);
    await program(
      `${bin}/deno`,
      `command=$1; shift; exec ${deno} "$command" ${options} "$@"`,
    );
    return new PageFolder(path, bin, installed?.env ?? {});
  }

  /** Writes a file of the page. */
  async write(file: string, text: string): Promise<void> {
    const path = `${this.path}/${file}`;
    await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    await Deno.writeTextFile(path, text);
  }

  /** Runs commands in one shell. Both streams are in the order of writing. */
  async run(commands: readonly string[]): Promise<{ lines: string[]; code: number }[]> {
    const script = commands.map((command) =>
      `${
        command.replaceAll(UNINSTALLED, "tdrun")
      }\ncode=$?; printf '${MARK}%d${MARK}' $code; (exit $code)\n`
    );
    const env = Object.fromEntries(
      Object.entries(Deno.env.toObject()).filter(([name]) => !DECIDES_WHAT_IS_SHOWN.test(name)),
    );
    const child = new Deno.Command("bash", {
      args: ["-c", `exec 2>&1\n${script.join("")}`],
      cwd: this.path,
      clearEnv: true,
      env: { ...env, ...this.env, PATH: `${this.bin}:${env.PATH ?? ""}` },
      stdin: "null",
      stdout: "piped",
      detached: true, // a process group, so that all processes can be killed
    }).spawn();
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      Deno.kill(-child.pid, "SIGKILL");
    }, LIMIT_MS);
    const { stdout } = await child.output();
    clearTimeout(timer);
    if (isLate) throw new Error(`Still running after ${LIMIT_MS} ms: ${commands.join("; ")}`);
    const parts = new TextDecoder().decode(stdout).split(MARK);
    return commands.map((_, i) => ({
      lines: linesOf(parts[2 * i] ?? ""),
      code: Number(parts[2 * i + 1] ?? NaN),
    }));
  }

  /** Type-checks modules together. Returns the errors. */
  async check(files: readonly string[]): Promise<string> {
    const { code, stderr } = await new Deno.Command(`${this.bin}/deno`, {
      args: ["check", ...files],
      cwd: this.path,
      env: { NO_COLOR: "1" },
    }).output();
    return code === 0 ? "" : new TextDecoder().decode(stderr);
  }

  /** Removes the folder. */
  async [Symbol.asyncDispose](): Promise<void> {
    // Not by `page/..`, which does not exist after the page is removed.
    await Deno.remove(this.path.slice(0, this.path.lastIndexOf("/")), { recursive: true });
  }
}

function linesOf(text: string): string[] {
  return text === "" ? [] : text.replace(/\n$/, "").split("\n");
}

/** Copies a folder of the repository, with its folders. */
async function copyFolder(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for await (const { name, isDirectory } of Deno.readDir(new URL(from, ROOT))) {
    if (isDirectory) await copyFolder(`${from}${name}/`, `${to}${name}/`);
    else await Deno.copyFile(new URL(from + name, ROOT), to + name);
  }
}

function url(path: string): string {
  return new URL(path, ROOT).href;
}

/** The import map of the repository, for modules in other folders. */
async function configuration(library: string): Promise<unknown> {
  const { imports, compilerOptions } = JSON.parse(
    await Deno.readTextFile(new URL("deno.json", ROOT)),
  );
  return {
    nodeModulesDir: "none",
    imports: {
      ...imports,
      "@thread-order/cli": library,
      ...(library === PACKAGE ? {} : { [PACKAGE]: library }),
    },
    compilerOptions: {
      ...compilerOptions,
      types: compilerOptions.types.map((path: string) => url(path)),
    },
  };
}

async function program(path: string, text: string): Promise<void> {
  await Deno.writeTextFile(path, `#!/bin/bash\n${text}\n`, { mode: 0o755 });
}
