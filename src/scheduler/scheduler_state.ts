/** The state of a scheduler, as each thread sees it. */
import { SharedState, snapshot } from "../state/shared_state.ts";
import { rejectSymbols } from "../state/replica/value_encoder.ts";
import { setCustomInspect } from "../state/replica/custom_inspect.ts";
import type { State } from "../task/context.ts";
import { type CollectedScheduler, type PastStart, realm } from "../task/realm.ts";

/** See the head of this file. */
export class SchedulerState {
  readonly #initial: object;
  /** In a worker that loads code for its tasks: the scheduler, which runs nothing there. */
  readonly #collected: CollectedScheduler | undefined;
  #shared: SharedState | undefined;
  /** In such a worker: what the state held after the start that the code there has gone past. */
  past: PastStart["state"];

  constructor(
    initial: object = {},
    collected: CollectedScheduler | undefined,
  ) {
    this.#initial = initial;
    this.#collected = collected;
  }

  /** This thread's own, made when it is first needed. */
  get shared(): SharedState {
    if (this.#shared) return this.#shared;
    const state = SharedState.create();
    seedState(state, this.#initial); // refused: the next look at it is refused as well
    return this.#shared = state;
  }

  /** The same, if it was made. */
  get sharedIfCreated(): SharedState | undefined {
    return this.#shared;
  }

  /** What user code sees. */
  get root(): State {
    if (this.#collected === undefined) return this.shared.root;
    return (realm().runsTasks
      ? this.#currentRoot
      : forwardingProxy(() => this.#currentRoot)) as State;
  }

  /** A plain copy. */
  get sanitized(): Record<string, unknown> {
    const root = this.#collected === undefined ? this.shared.root : this.#currentRoot;
    return snapshot(root) as Record<string, unknown>;
  }

  /** In a worker: what tasks change is the state itself; what other code there does is done on the main thread. */
  get #currentRoot(): object {
    const { collector, runsTasks } = realm();
    const live = runsTasks ? collector?.stateOf(this.#collected!) : undefined;
    return live ?? this.past ?? this.shared.root;
  }
}

const TRAPS = [
  ...["get", "set", "has", "deleteProperty", "ownKeys"] as const,
  ...["getOwnPropertyDescriptor", "defineProperty", "getPrototypeOf"] as const,
  ...["setPrototypeOf", "preventExtensions"] as const,
];

/**
 * Where code of a worker's keeps the state it was given while the module was loaded, it means the state
 * of the run when it is called by a task.
 *
 * @param current What it stands for now.
 */
function forwardingProxy(current: () => object): object {
  const handler: ProxyHandler<object> = {};
  for (const trap of TRAPS) {
    handler[trap] = (_: object, ...args: unknown[]) => {
      const object = current();
      // What stands for it is no receiver that it knows.
      if (trap === "get") args[1] = object;
      if (trap === "set") args[2] = object;
      return Reflect.apply(Reflect[trap], undefined, [object, ...args]);
    };
  }
  const target = {};
  setCustomInspect(target, current);
  return new Proxy(target, handler);
}

/** What the state of a scheduler holds at first. Results are written by the library alone, so they go another way. */
function seedState(state: SharedState, initial: object): void {
  const { results = {}, ...rest } = initial as Readonly<Record<string, unknown>>;
  rejectSymbols(initial, () => "state");
  rejectSymbols(results as object, () => "state.results");
  state.fill(Object.entries(rest));
  for (const [name, result] of Object.entries(results as object)) state.setResult(name, result);
}

/** Of a scheduler that is started again and again, code in a worker may go past this many starts. */
const MAX_STARTS = 64;
/** Where that is how tasks are found at all, past more of them. */
const MAX_REPLAYED_STARTS = 1_000;
/** Of a program that makes schedulers again and again, as a server may, this many are remembered: the first. */
const MAX_SCHEDULERS = 1_000;

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
  result: Pick<PastStart, "summary" | "error">,
): void {
  if (start >= (isReplayed ? MAX_REPLAYED_STARTS : MAX_STARTS)) return;
  const { past } = realm();
  if (!past.has(key) && past.size >= MAX_SCHEDULERS) return;
  const stateRef = state && new WeakRef(state);
  past.getOrInsert(key, [])[start] = () => ({ ...result, state: stateRef?.deref()?.sanitized() });
}
