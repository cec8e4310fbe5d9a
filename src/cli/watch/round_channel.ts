/**
 * The messages between the process of a round and the watching process, in both directions as lines
 * of a file. No pipe is used: a process that a task starts would inherit it.
 */
import { setTimeout } from "../../runtime/timers.ts";
import { AppendedLines } from "./appended_lines.ts";
import type { RoundCommand, RoundMessage } from "./round_protocol.ts";

/** The path of the file for commands, by that for messages. */
export function commandsPath(messages: string): string {
  return `${messages}.commands`;
}

/** Appends a message or a command to a file. */
export function appendLine(path: string, line: RoundMessage | RoundCommand): void {
  Deno.writeTextFileSync(path, `${JSON.stringify(line)}\n`, { append: true });
}

/** Interval at which the answer of the watching process is read, in ms. */
const ANSWER_POLL_MS = 10;

/** The side of a round's process. */
export class RoundChannel {
  readonly #path: string;
  readonly #commands: AppendedLines;

  /** @param path The path of the file for messages. */
  constructor(path: string) {
    this.#path = path;
    this.#commands = new AppendedLines(commandsPath(path));
  }

  /** Sends a message. It is lost if the watching process is gone, and with it the folder. */
  send(message: RoundMessage): void {
    try {
      appendLine(this.#path, message);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }

  /** Returns the commands since the last call. */
  read(): RoundCommand[] {
    return this.#commands.read().map((line) => JSON.parse(line) as RoundCommand);
  }

  /** Asks for the disposal of held resources, and waits for it. */
  async release(names: readonly string[]): Promise<void> {
    this.send({ type: "release", names });
    while (!this.read().some(({ type }) => type === "released")) {
      await new Promise((resolve) => setTimeout(resolve, ANSWER_POLL_MS));
    }
  }
}
