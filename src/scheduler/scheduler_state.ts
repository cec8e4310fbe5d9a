/** The state of a scheduler, as each thread sees it, and the history of completed starts. */
import { SharedState, snapshot } from "../state/shared_state.ts";
import { rejectSymbols } from "../state/replica/value_encoder.ts";
import { setCustomInspect } from "../state/replica/set_custom_inspect.ts";
import type { State } from "../task/context.ts";
import { type CollectedScheduler, type PastStart, realm } from "../task/realm.ts";

/** The state of a scheduler: the shared state, or its stand-in in a worker. */
export class SchedulerState {
  readonly #initial: object;
  /** In a worker that imports a module for its tasks: the scheduler, which runs nothing there. */
  readonly #collected: CollectedScheduler | undefined;
  #shared: SharedState | undefined;
  /** In such a worker: the state after the last start that the module's code has passed. */
  past: PastStart["state"];

  constructor(
    initial: object = {},
    collected: CollectedScheduler | undefined,
  ) {
    this.#initial = initial;
    this.#collected = collected;
  }

  /** This thread's own state, created on first use. */
  get shared(): SharedState {
    if (this.#shared) return this.#shared;
    const state = SharedState.create();
    seedState(state, this.#initial); // if this throws, the next access throws again
    return this.#shared = state;
  }

  /** The same, if it was created. */
  get sharedIfCreated(): SharedState | undefined {
    return this.#shared;
  }

  /** The state as user code sees it. */
  get root(): State {
    if (this.#collected === undefined) return this.shared.root;
    return (realm().runsTasks
      ? this.#currentRoot
      : forwardingProxy(() => this.#currentRoot)) as State;
  }

  /** A copy of the state as plain values. */
  get sanitized(): Record<string, unknown> {
    const root = this.#collected === undefined ? this.shared.root : this.#currentRoot;
    return snapshot(root) as Record<string, unknown>;
  }

  /** In a worker, tasks access the shared state; other code accesses a local stand-in. */
  get #currentRoot(): object {
    const { collector, runsTasks } = realm();
    const live = runsTasks ? collector?.stateOf(this.#collected!) : undefined;
    return live ?? this.past ?? this.shared.root;
  }
}

const TRAPS = [
  "get",
  "set",
  "has",
  "deleteProperty",
  "ownKeys",
  "getOwnPropertyDescriptor",
  "defineProperty",
  "getPrototypeOf",
  "setPrototypeOf",
  "preventExtensions",
] as const;

/**
 * Returns a proxy of the state that is current at each access. Code in a worker may keep the state
 * from the time its module is imported, and means the state of the run when a task calls it.
 *
 * @param current Returns the state of the moment.
 */
function forwardingProxy(current: () => object): object {
  const handler: ProxyHandler<object> = {};
  for (const trap of TRAPS) {
    handler[trap] = (_: object, ...args: unknown[]) => {
      const object = current();
      // The proxy itself would not be accepted as the receiver.
      if (trap === "get") args[1] = object;
      if (trap === "set") args[2] = object;
      return Reflect.apply(Reflect[trap], undefined, [object, ...args]);
    };
  }
  const target = {};
  setCustomInspect(target, current);
  return new Proxy(target, handler);
}

/**
 * Fills a new state with its initial content. Only the library writes results, so they are set
 * separately.
 */
function seedState(state: SharedState, initial: object): void {
  const { results = {}, ...rest } = initial as Readonly<Record<string, unknown>>;
  rejectSymbols(initial, () => "state");
  rejectSymbols(results as object, () => "state.results");
  state.fill(Object.entries(rest));
  for (const [name, result] of Object.entries(results as object)) state.setResult(name, result);
}

/**
 * Returns a key that identifies a new scheduler in every thread: the module and the position of its
 * creation, since a thread need not create all schedulers, nor in the same order; and a count among
 * those created at one position.
 */
export function nextKey(module: string | undefined, positions: string): string {
  const position = `${module ?? "unknown"}#${positions}`;
  const { schedulers } = realm();
  const count = schedulers.get(position) ?? 0;
  schedulers.set(position, count + 1);
  return `${position}#${count}`;
}

/** Maximum number of starts recorded for each scheduler, for modules that workers import. */
const MAX_STARTS = 64;
/** Maximum number of schedulers recorded, the first ones: a server may create one per request. */
const MAX_SCHEDULERS = 1_000;

/** Identifies a completed start. */
export interface CompletedStart {
  /** The key of its scheduler. */
  readonly key: string;
  /** Number of the start, from 0. */
  readonly start: number;
}

/**
 * Records the result of a start, for code that runs again in a worker and passes that start. The
 * state is read on request, through a weak reference: only the scheduler keeps it alive.
 */
export function recordStart(
  { key, start }: CompletedStart,
  state: SharedState | undefined,
  result: Pick<PastStart, "summary" | "error">,
): void {
  if (start >= MAX_STARTS) return;
  const { pastStarts: past } = realm();
  if (!past.has(key) && past.size >= MAX_SCHEDULERS) return;
  const stateRef = state && new WeakRef(state);
  past.getOrInsert(key, [])[start] = () => ({ ...result, state: stateRef?.deref()?.sanitized() });
}
