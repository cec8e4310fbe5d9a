/**
 * The cache in a thread's task loop: looks tasks up before their call, observes what they read and
 * write, and stores their outcome. Its work is in cached_call.ts, which is loaded with the first
 * cached task.
 */
import { partUrl } from "../runtime/package.ts";
import type { CacheRules } from "../cache/cache_rules.ts";
import type { SharedState } from "../state/shared_state.ts";
import type { TaskId } from "../task/task.ts";
import type { Attempt } from "./attempt.ts";
import type { CachedCall, CachedCalls, CacheHit } from "./cached_call.ts";
import type { LaneSender } from "./lane_sender.ts";
import type { TaskLoopOptions } from "./task_loop_options.ts";

type CachedCallsClass = new (rules: CacheRules, state: SharedState) => CachedCalls;

/** The cached calls of one thread, one at a time. */
export class AttemptCache {
  readonly #options: Pick<TaskLoopOptions, "state" | "rules" | "flush">;
  readonly #attempt: Attempt;
  readonly #sender: LaneSender;
  readonly #isOfAttempt: () => boolean;
  #calls: CachedCalls | undefined;
  /** The call of the current attempt, if its task is cached. */
  #call: CachedCall | undefined;
  #isHit = false;

  /**
   * @param attempt The current attempt of the thread.
   * @param isOfAttempt Whether the current code belongs to that attempt.
   */
  constructor(
    options: Pick<TaskLoopOptions, "state" | "rules" | "flush">,
    attempt: Attempt,
    sender: LaneSender,
    isOfAttempt: () => boolean,
  ) {
    this.#options = options;
    this.#attempt = attempt;
    this.#sender = sender;
    this.#isOfAttempt = isOfAttempt;
  }

  /**
   * Whether an attempt is looked up. A retried attempt is not: it may find what the failed one has
   * left, and a flaky outcome is not stored.
   */
  handles(name: string, attempt: number): boolean {
    const { cache } = this.#options.rules;
    return cache !== undefined && attempt === 1 && Object.hasOwn(cache.tasks, name);
  }

  /**
   * Looks the current attempt up, and sends the output of a hit.
   *
   * @returns Undefined if the task has to run.
   */
  async lookUp(): Promise<CacheHit | undefined> {
    const { state, rules } = this.#options;
    const { context, name } = this.#attempt;
    const url = partUrl("src/thread/cached_call").href;
    const { CachedCalls }: { CachedCalls: CachedCallsClass } = await import(url);
    const { task } = this.#attempt;
    if (this.#attempt.context !== context || task === null) return undefined;
    this.#calls ??= new CachedCalls(rules.cache!, state);
    const call = this.#call = this.#calls.callOf(name);
    const hit = await call.lookUp();
    if (this.#call !== call) return undefined; // the attempt was abandoned meanwhile
    this.#isHit = hit !== undefined;
    if (hit === undefined) this.#observe(call);
    for (const { channel, level, text } of hit?.output ?? []) {
      this.#sender.output({ task }, channel, level, text);
    }
    return hit;
  }

  /**
   * Stores the outcome of the current attempt, which has returned.
   *
   * @returns Undefined if there is nothing to store. The promise does not reject.
   */
  store(result: unknown): Promise<void> | undefined {
    if (this.#call === undefined || this.#isHit) return undefined;
    this.#options.flush?.(); // output without a line break
    return this.#call.store(result);
  }

  /** Handles a write of the current attempt. */
  noteWrite(key: string): void {
    const problem = this.#call?.checkWrite(key);
    if (problem !== undefined) this.#report(problem);
  }

  /** Ends the current attempt, and sends the use of the cache. */
  end(task: TaskId): void {
    const call = this.#call;
    if (call === undefined) return;
    this.#call = undefined;
    this.#options.state.watchReads(undefined);
    this.#sender.onOutput = undefined;
    call[Symbol.dispose]();
    const { notCached, changed } = call;
    this.#sender.cache(task, {
      ...(this.#isHit ? { cached: true } : {}),
      ...(notCached === undefined ? {} : { notCached }),
      ...(changed === undefined ? {} : { changed }),
    });
    this.#isHit = false;
  }

  #observe(call: CachedCall): void {
    const current = this.#attempt.task;
    this.#sender.onOutput = (task, line) => {
      if (task === current) call.addOutput(line);
    };
    this.#options.state.watchReads((key, isResult) => {
      if (this.#attempt.task === null || !this.#isOfAttempt()) return;
      const problem = call.checkRead(key, isResult);
      if (problem !== undefined) this.#report(problem);
    });
  }

  /** A task that depends on what its cache does not declare is not stored; it fails if strict. */
  #report(problem: string): void {
    this.#call!.notCached ??= problem;
    if (!this.#options.rules.isStrict) return;
    this.#attempt.failWith(
      Object.assign(new Error(`"${this.#attempt.name}" is cached, but ${problem}`), {
        name: "UndeclaredInputError",
      }),
    );
  }
}
