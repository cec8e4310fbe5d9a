/**
 * The keeper of a pool's processes: a shell that makes the named pipes, which Deno cannot, and that does
 * what nobody else can do when the main process is gone, killed even: it sees its input end, and then
 * kills each process that is left, together with what that has started, and removes the folder. Nor does it
 * mind that nobody may be there to hear what it says.
 */
import { assert } from "../base/assert.ts";
import { parseCmdline, READ_CMDLINE_SCRIPT } from "../spawn/parse_cmdline.ts";

/**
 * In the shell, a process is the number of its process group: each is started as the leader of its own,
 * so the terminal's Ctrl-C does not reach it, and ending it ends its children too.
 *
 * First it writes down the arguments of the main process, whose permissions cannot be found out otherwise.
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

/** See the head of this file. */
export class Reaper {
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #lines: LineQueue;
  readonly #folder: string;

  /** @param folder The pool's own; it is gone when the keeper is. */
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
   * Resolves when the pipe that all write to is there.
   *
   * @returns The arguments the main process was started with, the program first.
   */
  async ready(): Promise<string[]> {
    const line = await this.#lines.next();
    assert(line === "ready", `Cannot make named pipes in ${this.#folder}`);
    return parseCmdline(await Deno.readTextFile(`${this.#folder}/arguments`));
  }

  /**
   * Makes the pipes of a process.
   *
   * @throws {Error} when it cannot: a task may have removed the folder, or ended the keeper.
   */
  async createPipes(id: number): Promise<void> {
    this.#send(`pipes ${id}`);
    if (await this.#lines.next() === `${id} 0`) return;
    throw new Error(
      `no more processes can be started: "${this.#folder}" is gone, or its keeper is`,
    );
  }

  /** From now on this process ends when the main one does. */
  register(pid: number): void {
    this.#send(`keep ${pid}`);
  }

  /** A process has ended: what it started ends, and its number may be another's soon. */
  unregister(pid: number): void {
    this.#send(`drop ${pid}`);
  }

  /** Ends all that is left. Resolves when the folder is gone. */
  async close(): Promise<void> {
    await this.#input.close().catch(() => {});
    await this.#child.status;
    // Where it could not make pipes it may have no program to remove folders, either.
    await Deno.remove(this.#folder, { recursive: true }).catch(() => {});
  }

  #send(line: string): void {
    this.#input.write(new TextEncoder().encode(`${line}\n`)).catch(() => {});
  }
}

/** Lines that come one by one, each for who asked first. */
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
