/**
 * The entry module of a worker. It is an entry point of the package only so that executables can
 * include it; programs do not import it:
 *
 * ```sh
 * deno compile -A --include jsr:@thread-order/cli/worker program.ts
 * ```
 *
 * A worker loads the user's code, joins the shared state and the plan of each run, and executes
 * tasks until the plan has no more: the worker's side of src/lane/worker_protocol.ts.
 *
 * @module
 */
import { createAsyncVariable } from "../src/base/async_variable.ts";
import { onUncaughtError } from "../src/runtime/uncaught_errors.ts";
import { pinEventMethods, primordials } from "../src/runtime/primordials.ts";
import { Plan } from "../src/plan/plan.ts";
import { Backpressure, weightOf } from "../src/lane/backpressure.ts";
import { DeclaredReads } from "../src/thread/declared_reads.ts";
import { EventLoop, rejectionsSeen } from "../src/thread/event_loop.ts";
import { guardExit } from "../src/thread/exit_guard.ts";
import { recordBroken, recordThrown } from "../src/thread/hook_error.ts";
import type { LineSink } from "../src/thread/output/output_sink.ts";
import type {
  CheckedModule,
  FromWorker,
  RunMessage,
  ToWorker,
} from "../src/lane/worker_protocol.ts";
import { TaskLoop } from "../src/thread/task_loop.ts";
import { TaskLookup } from "../src/thread/task_lookup.ts";
import { SharedState } from "../src/state/shared_state.ts";
import { holdLivenessLock, prepareLivenessLock } from "../src/sync/liveness_lock.ts";
import { realm } from "../src/task/realm.ts";
import type { TaskId } from "../src/task/task.ts";
import { captureOutput } from "../src/thread/output/capture_output.ts";
import { captureChildren } from "../src/thread/output/capture_children.ts";
import { CodeLoader, type LoadedCode } from "../src/thread/code_loader.ts";
import { PendingTimers } from "../src/thread/pending_timers.ts";
import { disposeOf, ResourceRetention } from "../src/thread/resource_retention.ts";
import { runSetupWorker, type Teardown } from "../src/thread/run_setup_worker.ts";

/** The part of a worker's global object that is used here. */
interface WorkerScope extends EventTarget {
  readonly name: string;
  onmessage: ((event: MessageEvent<ToWorker>) => void) | null;
  postMessage(message: FromWorker): void;
}

const scope = globalThis as unknown as WorkerScope;
/**
 * Sends a message to the main thread. Other code cannot: its messages would be mistaken for this
 * library's, and its replacement of `postMessage` could suppress them.
 */
const post = scope.postMessage.bind(scope);
scope.postMessage = () => {};

class TaskWorker {
  readonly #eventLoop = new EventLoop();
  readonly #loader = new CodeLoader(
    () => this.#state?.root,
    (key, start) => post({ type: "start-summary-request", key, start }),
  );
  /** The task names of the current run, by id. */
  #names: readonly string[] = [];
  /** The functions of these tasks. */
  #taskLookup: TaskLookup | undefined;
  readonly #flush: () => void;
  readonly #timers = new PendingTimers();
  readonly #owners = createAsyncVariable<LineSink>();
  /** The owner of output of the module's own code, in callbacks. */
  readonly #module: LineSink = { output: (...line) => this.#loop?.moduleOutput(...line) };
  #state: SharedState | undefined;
  #loop: TaskLoop | undefined;
  #ended: Promise<void> = Promise.resolve();
  /**
   * Resolves when the liveness lock is held, by which the main thread notices the end of this
   * thread.
   */
  #lockHeld: Promise<void> | undefined;
  #teardown: Teardown | undefined;
  /** Of the thread of a resource that may outlive the run. */
  #retention: ResourceRetention | undefined;
  /** Called when the main thread has handled its signals. */
  #onSignalsHandled: () => void = () => {};

  constructor() {
    // Output during loading is dropped: the main thread has loaded, and printed, the same.
    const current = () => this.#owners.get() ?? this.#loop;
    this.#flush = captureOutput(current);
    captureChildren(current);
    realm().log = (level, text) => current()?.output("log", level, text);
    // Exits are forbidden during loading and setup, too: the replacement of each worker would exit
    // the same way.
    guardExit((error) => this.#loop?.onExit(error) ?? true);
    onUncaughtError((_event, error) => {
      this.#loader.failed();
      this.#loop?.stray(error);
    });
    pinEventMethods(scope);
    // Not `onmessage`: a module may set that, and would receive messages for this library.
    scope.addEventListener("message", (event) => {
      event.stopImmediatePropagation();
      this.#receive((event as MessageEvent<ToWorker>).data);
    });
  }

  #receive(message: ToWorker): void {
    switch (message.type) {
      case "check-exports":
        return void this.#checkExports(message.module);
      case "link":
        return this.#loader.link(message.url);
      case "load":
        prepareLivenessLock();
        this.#owners.enter(this.#module);
        return this.#loader.prefetch(message.url, message.collects);
      case "run":
        if (this.#lockHeld !== undefined) post({ type: "run-ack" });
        // The previous run may be finished while this thread was still loading.
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
      case "fail":
        this.#loop?.fail(message.task, message.attempt, message.error);
        return;
      case "release":
        this.#release(message.task);
        return;
      case "teardown":
        this.#tearDown();
        return;
    }
  }

  async #checkExports(module: CheckedModule): Promise<void> {
    const { checkExports } = await import("../src/thread/check_exports.ts");
    post({ type: "exports-checked", check: await checkExports(module) });
  }

  async #run(message: RunMessage): Promise<void> {
    this.#lockHeld ??= new Promise((resolve) =>
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
      this.#retention?.watch();
      await this.#lockHeld;
      post({ type: "ready", loadMs: this.#loader.loadMs });
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
      // Reported, or the current task would be waited for without end.
      post({ type: "broken", error: recordBroken(error) });
      return;
    }
    post({ type: "drained", run: message.run });
  }

  #makeLoop(message: RunMessage, { tasks }: LoadedCode, state: SharedState): TaskLoop {
    const { run, lane, results, rules } = message;
    const names = this.#names;
    if (results !== undefined) state.joinResults(names, results);
    const backpressure = new Backpressure(message.backpressure);
    const taskLookup = this.#taskLookup?.isOf(names, tasks)
      ? this.#taskLookup
      : new TaskLookup(names, tasks);
    this.#taskLookup = taskLookup;
    const plan = Plan.attach(message.plan, message.owner);
    const { outlivingResource } = rules;
    const setUp = outlivingResource === undefined ? undefined : tasks.get(outlivingResource);
    this.#retention = setUp && new ResourceRetention({ plan, lane, state, setUp });
    return new TaskLoop({
      plan,
      lane,
      state,
      code: taskLookup,
      rules,
      retention: this.#retention,
      reads: rules.isStrict ? new DeclaredReads(tasks) : undefined,
      owners: this.#owners,
      firstSeq: message.firstSeq,
      send: (laneMessage) => {
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

  /** Disposes of the resource that has outlived its run. */
  async #release(task: TaskId): Promise<void> {
    await this.#ended;
    this.#owners.enter(this.#module);
    const error = await disposeOf(this.#taskLookup?.get(task));
    this.#flush();
    post({ type: "released", error });
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
