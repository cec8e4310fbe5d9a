/** Reads a journal: what is known of a run, whether it has ended or not. */
import { UsageError } from "../base/errors.ts";
import { errorText } from "../base/text_format.ts";
import { JOURNAL_VERSION, type JournalHead, type StoredResult } from "./journal_format.ts";
import { decodeResult } from "./result_codec.ts";

/** What is known of a task. */
export type JournalledTask =
  | { readonly status: "started" | "failed" | "skipped" | "cancelled" }
  /** It passed, but there is no result: it was too large. */
  | { readonly status: "omitted" }
  | {
    readonly status: "passed";
    readonly result: unknown;
    /** The keys of the state that it has written. */
    readonly wrote: readonly string[];
  };

/** See the head of this file. */
export interface JournalledRun {
  readonly head: JournalHead;
  /** What is known of each task, by its place in the head; undefined: it never started. */
  readonly tasks: readonly (JournalledTask | undefined)[];
  /** How long the last attempt of each task took, in milliseconds, where that is known. */
  readonly tookMs: readonly (number | undefined)[];
  /** When the run ended, ISO 8601; undefined: it was cut short. */
  readonly finishedAt: string | undefined;
}

/**
 * Reads a journal.
 *
 * @param path Where it is, for messages.
 * @returns Undefined when it has not begun.
 * @throws {UsageError} when it is of another version, or says what no journal says.
 */
export function parseJournal(bytes: Uint8Array, path: string): JournalledRun | undefined {
  let number = 0;
  let run: JournalReader | undefined;
  for (const line of lines(bytes)) {
    number++;
    try {
      const parsed = JSON.parse(line);
      if (run) run.apply(parsed);
      else run = new JournalReader(checkHead(parsed, path));
    } catch (error) {
      if (error instanceof UsageError) throw error;
      const why = errorText(error);
      throw new UsageError(
        `Cannot read the journal "${path}", line ${number}: ${why}; remove it, and run all tasks`,
      );
    }
  }
  return run && number > run.head.taken ? run : undefined;
}

/** Decoded one by one: a journal may be longer than a string can be. */
function* lines(bytes: Uint8Array): Generator<string> {
  const decoder = new TextDecoder();
  let start = 0;
  for (let end = bytes.indexOf(LINE_BREAK); end >= 0; end = bytes.indexOf(LINE_BREAK, start)) {
    yield decoder.decode(bytes.subarray(start, end));
    start = end + 1;
  }
}

const LINE_BREAK = 10;

function checkHead(head: Partial<JournalHead> | null, path: string): JournalHead {
  const { journal: version, startedAt, names, after, given, cases, state, taken } = head ?? {};
  if (typeof version === "number" && version !== JOURNAL_VERSION) {
    throw new UsageError(
      `Cannot read the journal "${path}": it has version ${version}, and this tdrun reads ` +
        `version ${JOURNAL_VERSION}; run all tasks`,
    );
  }
  const isHead = version === JOURNAL_VERSION && typeof startedAt === "string" &&
    Array.isArray(names) && Array.isArray(after) && Array.isArray(given) &&
    Array.isArray(cases) && Array.isArray(state?.assigned) &&
    names.length === after.length && Number.isInteger(taken);
  if (!isHead) throw new Error("it is not the first line of a journal");
  return head as JournalHead;
}

class JournalReader implements JournalledRun {
  readonly head: JournalHead;
  readonly tasks: (JournalledTask | undefined)[];
  readonly tookMs: (number | undefined)[] = [];
  finishedAt: string | undefined;

  constructor(head: JournalHead) {
    this.head = head;
    this.tasks = new Array(head.names.length).fill(undefined);
  }

  apply(line: Readonly<Record<string, unknown>> | null): void {
    if (line === null || typeof line !== "object") throw new Error("it is no JSON object");
    if (typeof line.finished === "string") this.finishedAt = line.finished;
    else if ("passed" in line) this.#set(line.passed, passed(line));
    else if ("started" in line) this.#set(line.started, { status: "started" });
    else if ("failed" in line) this.#set(line.failed, { status: "failed" });
    else if ("skipped" in line) this.#set(line.skipped, { status: "skipped" });
    else if ("cancelled" in line) this.#set(line.cancelled, { status: "cancelled" });
    else throw new Error("it says nothing of any task");
    const index = line.passed ?? line.failed;
    if (typeof index === "number" && typeof line.ms === "number") this.tookMs[index] = line.ms;
  }

  #set(index: unknown, task: JournalledTask): void {
    if (typeof index !== "number" || !(index in this.tasks)) {
      throw new Error(`there is no task ${JSON.stringify(index)}`);
    }
    const previous = this.tasks[index]?.status ?? "started";
    if (previous !== "started") throw new Error(`"${this.head.names[index]}" has ended before`);
    this.tasks[index] = task;
  }
}

function passed(stored: StoredResult): JournalledTask {
  if (stored.omitted) return { status: "omitted" };
  return { status: "passed", result: decodeResult(stored), wrote: stored.wrote ?? [] };
}
