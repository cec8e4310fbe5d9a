/** What starts of schedulers came to, kept for code that is run again in a worker and goes past them. */
import type { SharedState } from "../state/shared_state.ts";
import { type PastStart, realm } from "../task/realm.ts";

/** Of a scheduler that is started again and again, code in a worker may go past this many starts. */
const STARTS_MAX = 64;
/** Where that is how tasks are found at all, past more of them. */
const REPLAYED_MAX = 1_000;
/** Of a program that makes schedulers again and again, as a server may, this many are remembered: the first. */
const SCHEDULERS_MAX = 1_000;

/** A start that is over. */
export interface CompletedStart {
  /** Tells its scheduler from all others. */
  readonly key: string;
  /** Which start of it, from 0. */
  readonly start: number;
  /** Whether workers find tasks by running the main program again. */
  readonly isReplayed: boolean;
}

/**
 * Keeps what a start came to. The state is looked at when somebody asks, and kept alive by the scheduler
 * alone: without it, code that is run again does not ask either.
 */
export function recordStart(
  { key, start, isReplayed }: CompletedStart,
  state: SharedState | undefined,
  came: Pick<PastStart, "summary" | "error">,
): void {
  if (start >= (isReplayed ? REPLAYED_MAX : STARTS_MAX)) return;
  const { pastStarts: past } = realm();
  if (!past.has(key) && past.size >= SCHEDULERS_MAX) return;
  const held = state && new WeakRef(state);
  past.getOrInsert(key, [])[start] = () => ({ ...came, state: held?.deref()?.sanitized() });
}
