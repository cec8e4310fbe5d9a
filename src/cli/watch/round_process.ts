/**
 * The process of a round. A new process has new module state, and a crash does not end the watch.
 *
 * It is started before its round is due, and waits with the command loaded and a thread started:
 * from a saved file to the first task, this takes a third of the time of a start.
 */
import { UsageError } from "../../base/errors.ts";
import { partUrl } from "../../runtime/package.ts";
import { commonFlags, startOptions } from "../../spawn/inherited_flags.ts";
import { grantOf } from "../../spawn/permission_flags.ts";
import { processArgs } from "../../spawn/process_args.ts";
import { createFolder, JOURNAL_FOLDER } from "../../journal/journal_folder.ts";
import { clearInterval, setInterval } from "../../runtime/timers.ts";
import type { ExitSignal } from "../exit_code.ts";
import { permissionsOf } from "../respawn/respawn.ts";
import { RESPAWN_CWD } from "../respawn/respawned_process.ts";
import { ROUND_MESSAGES, type RoundMessage, type RoundPlan } from "./watch_round.ts";

/** Interval at which the messages of a round are read, in ms. */
const MESSAGES_POLL_MS = 40;

/** A process that runs one round, or waits for it. */
export class RoundProcess {
  /** Resolves to the exit code, after the last message was handled. */
  readonly ended: Promise<number>;
  /** Handles the messages of the round. */
  onMessage: (message: RoundMessage) => void = () => {};
  readonly #child: Deno.ChildProcess;
  readonly #path: string;
  #readCount = 0;

  /**
   * Starts the process.
   *
   * @param args The arguments of the command, without `--watch`.
   * @param folder The current folder.
   */
  constructor(args: readonly string[], folder: string) {
    createFolder(`${folder}/${JOURNAL_FOLDER}`);
    this.#path = `${folder}/${JOURNAL_FOLDER}/watch-${crypto.randomUUID()}.ndjson`;
    this.#child = new Deno.Command(Deno.execPath(), {
      args: commandArgs(args),
      cwd: folder,
      env: { [RESPAWN_CWD]: folder, [ROUND_MESSAGES]: this.#path },
      stdin: "piped",
      stdout: "inherit",
      stderr: "inherit",
    }).spawn();
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

function commandArgs(args: readonly string[]): string[] {
  if (grantOf("run") === "less" || grantOf("env") === "less") {
    throw new UsageError("Cannot use --watch: run with --allow-run and --allow-env");
  }
  if (Deno.build.standalone) return [...args];
  const startArgs = processArgs();
  const options = startOptions(startArgs ?? []);
  const permissions = permissionsOf(options, startArgs !== undefined);
  if (permissions === undefined) {
    throw new UsageError(
      "Cannot use --watch: the permissions of this process are unknown; run with -A",
    );
  }
  return ["run", ...permissions, ...commonFlags(options), partUrl("cli").href, ...args];
}
