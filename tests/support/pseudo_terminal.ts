/**
 * The command on a pseudo terminal of util-linux's `script`, which forwards input and output. Both
 * streams of the command are merged.
 */
import { bounded } from "./bounded.ts";
import { tdrunLine } from "./command.ts";

/** Whether `script` is available; otherwise the tests that need it are ignored. */
export const hasScript: boolean = await new Deno.Command("script", {
  args: ["--version"],
  stdout: "null",
  stderr: "null",
}).output().then(({ success }) => success, () => false);

/** Options of the terminal. */
export interface TerminalOptions {
  /** The current directory. */
  readonly folder: string;
  readonly columns?: number;
  readonly rows?: number;
  readonly env?: Record<string, string>;
  /** Shell text after the command: `> out.txt`. */
  readonly redirect?: string;
  /** Another command, and its arguments before the others. */
  readonly program?: readonly string[];
}

/** The end of the command. */
export interface Shown {
  readonly code: number;
  /** The output of the terminal. */
  readonly text: string;
}

/** Time between two keys in milliseconds. */
const AGAIN_MS = 50;

/** A running command on a pseudo terminal. */
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
    this.ended.catch(() => {}); // the caller handles the rejection
  }

  /** Presses keys: `\x03` is Ctrl-C. */
  async type(keys: string): Promise<void> {
    await this.#keyboard.write(new TextEncoder().encode(keys));
  }

  /**
   * Presses keys until the command has ended: a second Ctrl-C soon after the first one is its
   * duplicate.
   */
  async typeUntilEnded(keys: string): Promise<Shown> {
    let isOver = false;
    const ended = this.ended.finally(() => isOver = true);
    while (!isOver) {
      await this.type(keys).catch(() => {}); // the command has ended
      await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, AGAIN_MS))]);
    }
    return await ended;
  }

  /** Resolves when the output contains a text. */
  async showed(text: string): Promise<void> {
    await this.showedTimes(text, 1);
  }

  /** Resolves when the output contains a text a number of times. */
  async showedTimes(text: string, times: number): Promise<void> {
    const isShown = (output: string) => output.split(text).length > times;
    const seen = new Promise<void>((resolve) => {
      this.#onText = () => isShown(this.#text) && resolve();
      this.#onText();
    });
    const over = this.ended.then((shown) => {
      if (isShown(shown.text)) return;
      throw new Error(`It ended with ${shown.code} and never showed "${text}":\n${shown.text}`);
    });
    await bounded(Promise.race([seen, over]), `"${text}"`);
  }

  /** Kills the command if it is still running. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // The command has ended by itself.
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
