/** Parses a journal, of a finished or an interrupted run. */
import { UsageError } from "../base/errors.ts";
import { errorText } from "../base/text_format.ts";
import { JOURNAL_VERSION, type JournalHead, type StoredResult } from "./journal_format.ts";
import { decodeResult } from "./result_codec.ts";

/** The last recorded status of a task. */
export type JournalledTask =
  | { readonly status: "started" | "failed" | "skipped" | "cancelled" }
  /** Passed, with a result too large to be stored. */
  | { readonly status: "omitted" }
  | {
    readonly status: "passed";
    readonly result: unknown;
    /** The keys of the state that the task wrote. */
    readonly wrote: readonly string[];
  };

/** The content of a journal. */
export interface JournalledRun {
  readonly head: JournalHead;
  /** The status of each task, by its index in the head; undefined if the task never started. */
  readonly tasks: readonly (JournalledTask | undefined)[];
  /** Duration of each task's last attempt, in milliseconds, if known. */
  readonly tookMs: readonly (number | undefined)[];
  /** End time of the run, ISO 8601; undefined if the run was interrupted. */
  readonly finishedAt: string | undefined;
}

/**
 * Parses a journal.
 *
 * @param path The journal's path, for messages.
 * @returns The run; undefined if the journal has not begun.
 * @throws {UsageError} when the journal has another version or is invalid.
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

/** Decodes the lines one by one: a journal may exceed the maximum length of a string. */
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
  const { journal: version, startedAt, names, after, given, cases, code, state, taken } = head ??
    {};
  if (typeof version === "number" && version !== JOURNAL_VERSION) {
    throw new UsageError(
      `Cannot read the journal "${path}": expected version ${JOURNAL_VERSION}, got version ` +
        `${version}; run all tasks`,
    );
  }
  const isHead = version === JOURNAL_VERSION && typeof startedAt === "string" &&
    Array.isArray(names) && Array.isArray(after) && Array.isArray(given) &&
    Array.isArray(cases) && Array.isArray(code) && Array.isArray(state?.assigned) &&
    names.length === after.length && Number.isInteger(taken);
  if (!isHead) throw new Error("expected the head of a journal");
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
    if (line === null || typeof line !== "object") throw new Error("expected a JSON object");
    if (typeof line.finished === "string") this.finishedAt = line.finished;
    else if ("passed" in line) this.#set(line.passed, passed(line));
    else if ("started" in line) this.#set(line.started, { status: "started" });
    else if ("failed" in line) this.#set(line.failed, { status: "failed" });
    else if ("skipped" in line) this.#set(line.skipped, { status: "skipped" });
    else if ("cancelled" in line) this.#set(line.cancelled, { status: "cancelled" });
    else throw new Error("unknown kind of line");
    const index = line.passed ?? line.failed;
    if (typeof index === "number" && typeof line.ms === "number") this.tookMs[index] = line.ms;
  }

  #set(index: unknown, task: JournalledTask): void {
    if (typeof index !== "number" || !(index in this.tasks)) {
      throw new Error(`there is no task ${JSON.stringify(index)}`);
    }
    const previous = this.tasks[index]?.status ?? "started";
    if (previous !== "started") {
      throw new Error(`task "${this.head.names[index]}" has already ended`);
    }
    this.tasks[index] = task;
  }
}

function passed(stored: StoredResult): JournalledTask {
  if (stored.omitted) return { status: "omitted" };
  return { status: "passed", result: decodeResult(stored), wrote: stored.wrote ?? [] };
}
