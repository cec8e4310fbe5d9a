/**
 * A worker of the pool: the far side of src/lane/worker_protocol.ts. It loads the user's code, joins the
 * shared state and the plan of each run it is given, and works in the plan until there is nothing more.
 * It is a door for `deno compile --include jsr:@thread-order/cli/worker`: no program imports it.
 *
 * @module
 */
import { createAsyncVariable } from "../src/base/async_variable.ts";
import { onUncaughtError } from "../src/runtime/uncaught_errors.ts";
import { keepEvents, primordials } from "../src/runtime/primordials.ts";
import { Plan } from "../src/plan/plan.ts";
import { Backpressure, weightOf } from "../src/lane/backpressure.ts";
import { DeclaredReads } from "../src/thread/declared_reads.ts";
import { EventLoop, rejectionsSeen } from "../src/thread/event_loop.ts";
import { guardExit } from "../src/thread/exit_guard.ts";
import { recordBroken, recordThrown } from "../src/thread/hook_error.ts";
import type { LineSink } from "../src/thread/output/output_sink.ts";
import type { FromWorker, RunMessage, ToWorker } from "../src/lane/worker_protocol.ts";
import { REPLAY_WORKER_NAME } from "../src/lane/worker_protocol.ts";
import { TaskLoop } from "../src/thread/task_loop.ts";
import { TaskLookup } from "../src/thread/task_lookup.ts";
import { SharedState } from "../src/state/shared_state.ts";
import { holdLivenessLock, prepareLivenessLock } from "../src/sync/liveness_lock.ts";
import { realm } from "../src/task/realm.ts";
import { captureOutput } from "../src/thread/output/capture_output.ts";
import { captureChildren } from "../src/thread/output/capture_children.ts";
import { CodeLoader, type LoadedCode } from "../src/thread/code_loader.ts";
import { PendingTimers } from "../src/thread/pending_timers.ts";
import { runSetupWorker, type Teardown } from "../src/thread/run_setup_worker.ts";

/** The global object of a worker, as far as it is used here. */
interface WorkerScope extends EventTarget {
  readonly name: string;
  onmessage: ((event: MessageEvent<ToWorker>) => void) | null;
  postMessage(message: FromWorker): void;
}

const scope = globalThis as unknown as WorkerScope;
/**
 * Says something to the main thread, where nobody but this library hears: what other code posts would be taken for
 * its words, and what other code puts in the place of `postMessage` would keep them back.
 */
const post = scope.postMessage.bind(scope);
scope.postMessage = () => {};

class TaskWorker {
  readonly #eventLoop = new EventLoop();
  readonly #loader = new CodeLoader(
    () => this.#state?.root,
    (key, start) => post({ type: "start-summary-request", key, start }),
  );
  /** The tasks' names by id, of the run at hand. */
  #names: readonly string[] = [];
  /** Their code. */
  #table: TaskLookup | undefined;
  readonly #flush: () => void;
  readonly #timers = new PendingTimers();
  readonly #owners = createAsyncVariable<LineSink>();
  /** The owner of what the module's own code prints, in callbacks. */
  readonly #module: LineSink = { output: (...line) => this.#loop?.outputOfModule(...line) };
  #state: SharedState | undefined;
  #loop: TaskLoop | undefined;
  #ended: Promise<void> = Promise.resolve();
  /** Resolves when the end of this thread would be noticed. */
  #alive: Promise<void> | undefined;
  #teardown: Teardown | undefined;
  /** Called when the main thread has handled its signals. */
  #onSignalsHandled: () => void = () => {};

  constructor() {
    // Code that is being loaded was loaded on the main thread too: what it prints is there already.
    const current = () => this.#owners.get() ?? this.#loop;
    this.#flush = captureOutput(current);
    captureChildren(current);
    realm().log = (level, text) => current()?.output("log", level, text);
    // While the code is loaded and prepared there is no way out either: each worker that takes the place of one that
    // went would go the same way.
    guardExit((error) => this.#loop?.exit(error) ?? true);
    onUncaughtError((_event, error) => {
      this.#loader.failed();
      this.#loop?.stray(error);
    });
    keepEvents(scope);
    // Not by `onmessage`: a module may set that, and would get what is meant for this.
    scope.addEventListener("message", (event) => {
      event.stopImmediatePropagation();
      this.#receive((event as MessageEvent<ToWorker>).data);
    });
    if (scope.name === REPLAY_WORKER_NAME) {
      this.#loader.collectSchedulers();
      post({ type: "hello" });
    }
  }

  #receive(message: ToWorker): void {
    switch (message.type) {
      case "load":
        prepareLivenessLock();
        this.#owners.enter(this.#module);
        return this.#loader.prefetch(message.url, message.collects);
      case "run":
        if (this.#alive !== undefined) post({ type: "run-ack" });
        // The one before may be over for all others while this thread was still loading.
        this.#ended = this.#ended.then(() => this.#run(message));
        return;
      case "start-summary":
        return this.#loader.resume(message.key, message.start, message.summary);
      case "signals-handled":
        this.#onSignalsHandled();
        return;
      case "abort":
        this.#loop?.abort(message.reason);
        return;
      case "expire":
        this.#loop?.expire(message.task, message.attempt, true);
        return;
      case "teardown":
        this.#tearDown();
        return;
    }
  }

  async #run(message: RunMessage): Promise<void> {
    this.#alive ??= new Promise((resolve) =>
      holdLivenessLock(message.livenessLock, () => {
        post({ type: "alive" });
        resolve();
      })
    );
    this.#state ??= SharedState.join(message.state);
    let code: LoadedCode;
    this.#owners.enter(this.#module);
    try {
      this.#names = message.names ?? this.#names;
      code = await this.#loader.load(message.code, this.#names);
      this.#loop = this.#makeLoop(message, code, this.#state);
      this.#teardown ??= await runSetupWorker(code, this.#state, this.#loop);
      await this.#alive;
      post({ type: "ready" });
    } catch (error) {
      post({ type: "broken", error: recordThrown(error) });
      return;
    }
    try {
      await this.#loop.run();
      await this.#timers.fired();
      await rejectionsSeen(() => this.#eventLoop.turn());
      this.#flush();
    } catch (error) {
      // Said aloud, since the task at hand would be waited for without end.
      post({ type: "broken", error: recordBroken(error) });
      return;
    }
    post({ type: "drained", run: message.run });
  }

  #makeLoop(message: RunMessage, { tasks }: LoadedCode, state: SharedState): TaskLoop {
    const { run, lane, results } = message;
    const names = this.#names;
    if (results !== undefined) state.joinResults(names, results);
    const backpressure = new Backpressure(message.backpressure);
    const table = this.#table?.isOf(names, tasks) ? this.#table : new TaskLookup(names, tasks);
    this.#table = table;
    return new TaskLoop({
      plan: Plan.attach(message.plan, message.owner),
      lane,
      state,
      code: table,
      rules: message.rules,
      reads: message.rules.isStrict ? new DeclaredReads(tasks) : undefined,
      owners: this.#owners,
      postedBase: message.firstSeq,
      say: (laneMessage) => {
        post({ type: "message", run, message: laneMessage });
        backpressure.sent(weightOf(laneMessage));
      },
      flush: this.#flush,
      turn: () => this.#eventLoop.turn(),
      signalsHandled: () =>
        new primordials.Promise<void>((resolve) => {
          this.#onSignalsHandled = resolve;
          post({ type: "handle-signals" });
        }),
      isOwnThread: true,
    });
  }

  async #tearDown(): Promise<void> {
    await this.#ended;
    try {
      if (this.#loop) await this.#teardown?.(this.#loop);
    } catch (error) {
      this.#loop?.stray(error);
    }
    this.#flush();
    post({ type: "teardown-done" });
  }
}

new TaskWorker();
