/**
 * The reaper of a pool's processes: a shell that creates the named pipes, which Deno cannot, and
 * that cleans up after the main process, even if that was killed. When its input ends, it kills
 * each remaining process with its group, and removes the folder. It ignores the signals of a
 * terminal, and that its output may have no reader.
 */
import { assert } from "../base/assert.ts";
import { parseCmdline, READ_CMDLINE_SCRIPT } from "../spawn/parse_cmdline.ts";

/**
 * The reaper's program. A process is identified by its process group: each is started as a group
 * leader, so the terminal's Ctrl-C does not reach it, and killing the group kills its children,
 * too.
 *
 * First it saves the arguments of the main process, whose permissions cannot be determined
 * otherwise.
 */
const SCRIPT = `
trap '' HUP INT TERM PIPE
folder=$1
cd "$folder" || exit 1
${READ_CMDLINE_SCRIPT} >arguments
mkfifo -m 600 up || exit 1
echo ready
kept=' '
while read -r what number; do
  case $what in
    pipes) mkfifo -m 600 "down.$number" "responses.$number"; echo "$number" $? ;;
    keep) kept="$kept$number " ;;
    drop)
      kill -s KILL -- "-$number" 2>/dev/null
      case $kept in *" $number "*) kept="\${kept%% $number *} \${kept#* $number }" ;; esac ;;
  esac
done
for number in $kept; do kill -s KILL -- "-$number" 2>/dev/null; done
cd / && rm -rf -- "$folder"
`;

/** The shell, as the main process sees it. */
export class Reaper {
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #lines: LineQueue;
  readonly #folder: string;

  /** @param folder The pool's private folder; the reaper removes it. */
  constructor(folder: string) {
    this.#folder = folder;
    this.#child = new Deno.Command("/bin/sh", {
      args: ["-c", SCRIPT, "thread-order", folder],
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
      detached: true, // it leads a group of its own
    }).spawn();
    this.#input = this.#child.stdin.getWriter();
    this.#lines = new LineQueue(this.#child.stdout);
  }

  /**
   * Resolves when the shared pipe exists.
   *
   * @returns the arguments of the main process, the program first.
   */
  async ready(): Promise<string[]> {
    const line = await this.#lines.next();
    assert(line === "ready", `Cannot make named pipes in ${this.#folder}`);
    return parseCmdline(await Deno.readTextFile(`${this.#folder}/arguments`));
  }

  /**
   * Creates the pipes of a process.
   *
   * @throws {Error} if that fails: a task may have removed the folder, or killed the reaper.
   */
  async createPipes(id: number): Promise<void> {
    this.#send(`pipes ${id}`);
    if (await this.#lines.next() === `${id} 0`) return;
    throw new Error(
      `Cannot start another process: "${this.#folder}" or its reaper is gone`,
    );
  }

  /** Registers a process: it is killed when the main process ends. */
  register(pid: number): void {
    this.#send(`keep ${pid}`);
  }

  /** Unregisters an ended process and kills its group. Its id may be reused soon. */
  unregister(pid: number): void {
    this.#send(`drop ${pid}`);
  }

  /** Kills all remaining processes. Resolves when the folder is removed. */
  async close(): Promise<void> {
    await this.#input.close().catch(() => {});
    await this.#child.status;
    // Where the shell could not create pipes, it may lack the program to remove folders, too.
    await Deno.remove(this.#folder, { recursive: true }).catch(() => {});
  }

  #send(line: string): void {
    this.#input.write(new TextEncoder().encode(`${line}\n`)).catch(() => {});
  }
}

/** A queue of lines, each for the caller that has waited the longest. */
class LineQueue {
  readonly #waiters: ((line: string | undefined) => void)[] = [];
  readonly #lines: string[] = [];
  #isEnded = false;

  constructor(stream: ReadableStream<Uint8Array>) {
    this.#read(stream);
  }

  next(): Promise<string | undefined> {
    if (this.#lines.length > 0 || this.#isEnded) return Promise.resolve(this.#lines.shift());
    return new Promise((resolve) => this.#waiters.push(resolve));
  }

  async #read(stream: ReadableStream<Uint8Array>): Promise<void> {
    let rest = "";
    const decoder = new TextDecoder();
    for await (const bytes of stream) {
      const lines = (rest + decoder.decode(bytes, { stream: true })).split("\n");
      rest = lines.pop()!;
      for (const line of lines) {
        const waiting = this.#waiters.shift();
        if (waiting) waiting(line);
        else this.#lines.push(line);
      }
    }
    this.#isEnded = true;
    for (const waiting of this.#waiters) waiting(undefined);
  }
}
