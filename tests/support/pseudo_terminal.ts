/**
 * The command on a terminal, as far as a test can be one: util-linux's `script` makes it, and passes on
 * what is typed and what is shown. Both streams of the command come out as one.
 */
import { bounded } from "./bounded.ts";
import { tdrunLine } from "./command.ts";

/** Whether there is a `script` here; where there is none, tests that need it are left out. */
export const hasScript: boolean = await new Deno.Command("script", {
  args: ["--version"],
  stdout: "null",
  stderr: "null",
}).output().then(({ success }) => success, () => false);

/** How the terminal is. */
export interface TerminalOptions {
  /** The current folder. */
  readonly folder: string;
  readonly columns?: number;
  readonly rows?: number;
  readonly env?: Record<string, string>;
  /** What the shell is told after the command: `> out.txt`. */
  readonly redirect?: string;
  /** Another command than ours, and what it is given before the arguments. */
  readonly program?: readonly string[];
}

/** How it ended. */
export interface Shown {
  readonly code: number;
  /** All that was written to the terminal, as it came. */
  readonly text: string;
}

/** See the head of this file. */
export class PseudoTerminal implements AsyncDisposable {
  /** Resolves when the command has ended. */
  readonly ended: Promise<Shown>;
  readonly #child: Deno.ChildProcess;
  readonly #keyboard: WritableStreamDefaultWriter<Uint8Array>;
  #text = "";
  #onText: () => void = () => {};

  /** Starts `tdrun` with arguments. */
  constructor(args: readonly string[], options: TerminalOptions) {
    const { folder, columns = 80, rows = 24, env = {}, redirect = "", program } = options;
    const command = (program ? [...program, ...args] : tdrunLine(args)).map((part) => `'${part}'`)
      .join(" ");
    const line = `stty cols ${columns} rows ${rows}; exec ${command} ${redirect}`;
    this.#child = new Deno.Command("script", {
      args: ["-qefc", line, "/dev/null"],
      cwd: folder,
      env: { TERM: "xterm-256color", CI: "", NO_COLOR: "", FORCE_COLOR: "", ...env },
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    this.#keyboard = this.#child.stdin.getWriter();
    this.ended = this.#run();
    this.ended.catch(() => {}); // whoever awaits it hears of it
  }

  /** Presses keys: `\x03` is Ctrl-C. */
  async type(keys: string): Promise<void> {
    await this.#keyboard.write(new TextEncoder().encode(keys));
  }

  /** Resolves when the terminal has shown a text. */
  async showed(text: string): Promise<void> {
    const seen = new Promise<void>((resolve) => {
      this.#onText = () => this.#text.includes(text) && resolve();
      this.#onText();
    });
    const over = this.ended.then((shown) => {
      if (shown.text.includes(text)) return;
      throw new Error(`It ended with ${shown.code} and never showed "${text}":\n${shown.text}`);
    });
    await bounded(Promise.race([seen, over]), `"${text}"`);
  }

  /** Ends what is still running. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // it has ended by itself
    }
    await this.ended.catch(() => {});
    await this.#keyboard.close().catch(() => {});
  }

  async #run(): Promise<Shown> {
    const [{ code }] = await bounded(
      Promise.all([this.#child.status, this.#read()]),
      "the command on the terminal to end",
    );
    return { code, text: this.#text };
  }

  async #read(): Promise<void> {
    const decoder = new TextDecoder();
    for await (const bytes of this.#child.stdout) {
      this.#text += decoder.decode(bytes, { stream: true });
      this.#onText();
    }
  }
}
