/**
 * The process of a round. A new process has new module state, and a crash does not end the watch.
 *
 * It is started before its round is due, and waits with the command loaded and a thread started:
 * from a saved file to the first task, this takes a third of the time of a start.
 */
import { clearInterval, setInterval } from "../../runtime/timers.ts";
import type { ExitSignal } from "../exit_code.ts";
import type { Round } from "./watch.ts";
import type { RoundMessage, RoundPlan } from "./next_round.ts";

/** Interval at which the messages of a round are read, in ms. */
const MESSAGES_POLL_MS = 40;

/** The process of a round. */
export class RoundProcess implements Round {
  readonly ended: Promise<number>;
  onMessage: (message: RoundMessage) => void = () => {};
  readonly #child: Deno.ChildProcess;
  readonly #path: string;
  #readCount = 0;

  /**
   * Follows a process.
   *
   * @param child Its standard input has to be a pipe, and the path in `TDRUN_WATCH_MESSAGES`.
   * @param path The path of the file for its messages.
   */
  constructor(child: Deno.ChildProcess, path: string) {
    this.#child = child;
    this.#path = path;
    this.ended = this.#run();
    this.ended.catch(() => {}); // the caller handles the rejection
  }

  /** Starts the round. */
  start(plan: RoundPlan): void {
    const text = new Blob([JSON.stringify(plan)]);
    void text.stream().pipeTo(this.#child.stdin).catch(() => {}); // the process has ended
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

  async #run(): Promise<number> {
    const poll = setInterval(() => this.#readMessages(), MESSAGES_POLL_MS);
    const { code } = await this.#child.status;
    clearInterval(poll);
    this.#readMessages();
    try {
      Deno.removeSync(this.#path);
    } catch {
      // there were no messages
    }
    return code;
  }

  #readMessages(): void {
    let lines: string[];
    try {
      lines = Deno.readTextFileSync(this.#path).split("\n").slice(0, -1); // complete lines
    } catch {
      return; // there are none yet
    }
    const due = lines.slice(this.#readCount);
    this.#readCount = lines.length;
    for (const line of due) this.onMessage(JSON.parse(line) as RoundMessage);
  }
}
