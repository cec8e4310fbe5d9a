/**
 * The process of a round. A new process has new module state, and a crash does not end the watch.
 *
 * It is started before its round is due, and waits with the command loaded and a thread started:
 * from a saved file to the first task, this takes a third of the time of a start.
 */
import { clearInterval, setInterval } from "../../runtime/timers.ts";
import type { ExitSignal } from "../exit_code.ts";
import { AppendedLines } from "./appended_lines.ts";
import { appendLine, commandsPath } from "./round_channel.ts";
import type { Round, RoundCommand, RoundMessage, RoundPlan } from "./round_protocol.ts";

/** Interval at which the messages of a round are read, in ms. */
const MESSAGES_POLL_MS = 40;

/** The end of a round: that of its process, unless that holds resources. */
export type RoundStatus = Pick<Deno.CommandStatus, "code" | "signal">;

/** The process of a round. */
export class RoundProcess implements Round {
  /** Resolves when the round has ended; its process may go on, and hold resources. */
  readonly status: Promise<RoundStatus>;
  readonly ended: Promise<number>;
  readonly exited: Promise<void>;
  onMessage: (message: RoundMessage) => void = () => {};
  readonly #child: Deno.ChildProcess;
  readonly #path: string;
  readonly #messages: AppendedLines;
  /** Resolves when the process has sent that it holds resources. */
  readonly #held = Promise.withResolvers<RoundStatus>();

  /**
   * Follows a process.
   *
   * @param child Its standard input has to be a pipe, and the path in `TDRUN_WATCH_MESSAGES`.
   * @param path The path of the file for its messages.
   */
  constructor(child: Deno.ChildProcess, path: string) {
    this.#child = child;
    this.#path = path;
    this.#messages = new AppendedLines(path);
    const exit = this.#run();
    this.status = Promise.race([this.#held.promise, exit]);
    this.ended = this.status.then(({ code }) => code);
    this.ended.catch(() => {}); // the caller handles the rejection
    this.exited = exit.then(() => {}, () => {});
  }

  /** Starts the round. */
  start(plan: RoundPlan): void {
    const text = new Blob([JSON.stringify(plan)]);
    void text.stream().pipeTo(this.#child.stdin).catch(() => {}); // the process has ended
  }

  /** Sends a command, if the process is running. */
  send(command: RoundCommand): void {
    try {
      appendLine(commandsPath(this.#path), command);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }

  /** Sends a signal, if the process is running. */
  kill(signal: ExitSignal): void {
    try {
      this.#child.kill(signal);
    } catch {
      // it has ended
    }
  }

  /** Ends a process whose round has not started. */
  drop(): void {
    void this.#child.stdin.close().catch(() => {});
  }

  async #run(): Promise<RoundStatus> {
    const poll = setInterval(() => this.#readMessages(), MESSAGES_POLL_MS);
    const status = await this.#child.status;
    clearInterval(poll);
    this.#readMessages();
    for (const path of [this.#path, commandsPath(this.#path)]) {
      try {
        Deno.removeSync(path);
      } catch {
        // there were none
      }
    }
    return status;
  }

  #readMessages(): void {
    for (const line of this.#messages.read()) {
      const message = JSON.parse(line) as RoundMessage;
      this.onMessage(message);
      if (message.type === "held") this.#held.resolve({ code: message.code, signal: null });
    }
  }
}
