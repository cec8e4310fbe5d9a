/**
 * The execution of assigned tasks: the executor's side of src/process/ipc_protocol.ts, in a process
 * or on a thread. Like a worker it loads the user's code, joins the shared state and runs tasks;
 * but the main process assigns its tasks, and its state is a replica that follows a file.
 */
import { createAsyncVariable } from "../src/base/async_variable.ts";
import { onUncaughtError } from "../src/runtime/uncaught_errors.ts";
import type { ErrorRecord } from "../src/base/error_record.ts";
import { DeclaredReads } from "../src/thread/declared_reads.ts";
import { EventLoop, rejectionsSeen } from "../src/thread/event_loop.ts";
import { guardExit } from "../src/thread/exit_guard.ts";
import { recordBroken, recordThrown } from "../src/thread/hook_error.ts";
import type { LineSink } from "../src/thread/output/output_sink.ts";
import type { ProcessRunSpec, RemoteStateStart, ToProcess } from "../src/process/ipc_protocol.ts";
import { TaskLoop } from "../src/thread/task_loop.ts";
import { TaskLookup } from "../src/thread/task_lookup.ts";
import { SharedState } from "../src/state/shared_state.ts";
import { realm } from "../src/task/realm.ts";
import { captureOutput } from "../src/thread/output/capture_output.ts";
import { captureChildren } from "../src/thread/output/capture_children.ts";
import { CodeLoader, type ImportModule, type LoadedCode } from "../src/thread/code_loader.ts";
import { PendingTimers } from "../src/thread/pending_timers.ts";
import { runSetupWorker, type Teardown } from "../src/thread/run_setup_worker.ts";
import { type IpcChannel, IpcClient } from "../src/process/child/ipc_client.ts";
import { RemoteLock } from "../src/process/child/remote_lock.ts";
import { RemotePlan } from "../src/process/child/remote_plan.ts";
import { RemoteReplica } from "../src/process/child/remote_replica.ts";

/** Options of a {@linkcode TaskExecutor}. */
export interface TaskExecutorOptions {
  readonly lane: number;
  readonly state: RemoteStateStart;
  /**
   * Connects with the main process.
   *
   * @param onEnd Called when the main process is gone.
   */
  readonly connect: (onEnd: () => void) => IpcChannel;
  /** Marks the end of a task's output in the standard streams; returns those that took the mark. */
  readonly writeSentinels: () => ("stdout" | "stderr")[];
  readonly importModule?: ImportModule;
}

/** Executes the tasks that the main process assigns. */
export class TaskExecutor {
  readonly #lane: number;
  readonly #eventLoop = new EventLoop();
  readonly #loader: CodeLoader;
  readonly #ipc: IpcClient;
  readonly #state: SharedState;
  readonly #flush: () => void;
  readonly #timers = new PendingTimers();
  readonly #owners = createAsyncVariable<LineSink>();
  /** The owner of output of the module's own code, in callbacks. */
  readonly #module: LineSink = { output: (...line) => this.#loop?.moduleOutput(...line) };
  #plan: RemotePlan | undefined;
  #loop: TaskLoop | undefined;
  #ended: Promise<void> = Promise.resolve();
  /** Whether this process or thread may end. */
  #isEnding = false;
  #teardown: Teardown | undefined;

  constructor({ lane, state, connect, writeSentinels, importModule }: TaskExecutorOptions) {
    this.#lane = lane;
    // Output during loading is dropped: the main process has loaded, and printed, the same.
    const current = () => this.#owners.get() ?? this.#loop;
    this.#flush = captureOutput(current);
    captureChildren(current);
    realm().log = (level, text) => current()?.output("log", level, text);
    guardExit((error) => !this.#isEnding && (this.#loop?.onExit(error) ?? true));
    onUncaughtError((_event, error) => this.#loop?.stray(error));
    this.#ipc = new IpcClient(connect(() => this.#end()), writeSentinels);
    const replica = new RemoteReplica(state, this.#ipc);
    const lock = new RemoteLock(this.#ipc);
    const handle = { buffer: replica.buffer, slot: 0, owner: 1, name: state.name };
    this.#state = SharedState.join(handle, { remote: { replica, lock } });
    this.#loader = new CodeLoader(
      () => this.#state.root,
      (key, start) => this.#ipc.send({ type: "start-summary-request", key, start }),
      importModule,
    );
    this.#listen();
  }

  /** Handles messages. Reports if that fails, or the main process would wait without end. */
  async #listen(): Promise<void> {
    try {
      await this.#ipc.listen((message) => this.#receive(message));
    } catch (error) {
      this.#break(recordBroken(error));
    }
  }

  #receive(message: ToProcess): void {
    switch (message.type) {
      case "run":
        return this.#begin(message.run, JSON.parse(Deno.readTextFileSync(message.path)));
      case "call":
        return this.#plan!.assign(message.task, message.attempt);
      case "start-summary":
        this.#onStartSummary(message.key, message.start, message.path);
        return;
      case "catch-up":
        return this.#state.replica.cursor.sync();
      case "abort":
        return this.#loop?.abort(message.reason);
      case "expire":
        return this.#loop?.expire(message.task, message.attempt, true);
      case "fail":
        return this.#loop?.fail(message.task, message.attempt, message.error);
      case "drain":
        this.#finish(message.run, message.isLast);
        return;
    }
  }

  /**
   * Begins a run, one at a time. The previous run may be finished while this executor was still
   * loading.
   */
  #begin(run: number, spec: ProcessRunSpec): void {
    if (this.#plan !== undefined) this.#ipc.send({ type: "run-ack" });
    this.#plan?.close();
    // Created before the code is loaded: this run, too, may be finished by then.
    const plan = this.#plan = new RemotePlan(this.#ipc);
    this.#ended = this.#ended.then(() => this.#run(run, spec, plan));
  }

  async #run(run: number, spec: ProcessRunSpec, plan: RemotePlan): Promise<void> {
    this.#owners.enter(this.#module);
    try {
      const code = await this.#loader.load(spec.code, spec.names);
      this.#loop = this.#makeLoop(run, spec, plan, code);
      this.#teardown ??= await runSetupWorker(code, this.#state, this.#loop);
    } catch (error) {
      return this.#break(recordThrown(error));
    }
    this.#ipc.send({ type: "ready", run });
    try {
      await this.#loop.run();
    } catch (error) {
      // Reported, or the current task would be waited for without end.
      this.#break(recordBroken(error));
    }
  }

  #makeLoop(
    run: number,
    spec: ProcessRunSpec,
    plan: RemotePlan,
    { tasks }: LoadedCode,
  ): TaskLoop {
    return new TaskLoop({
      plan,
      lane: this.#lane,
      state: this.#state,
      code: new TaskLookup(spec.names, tasks),
      rules: spec.rules,
      reads: spec.rules.isStrict ? new DeclaredReads(tasks) : undefined,
      owners: this.#owners,
      firstSeq: 0,
      send: (message) => this.#ipc.send({ type: "message", run, message }),
      flush: this.#flush,
      turn: () => this.#eventLoop.turn(),
      isOwnThread: true,
    });
  }

  #break(error: ErrorRecord): void {
    this.#ipc.send({ type: "broken", error });
  }

  #onStartSummary(key: string, start: number, path: string): void {
    const { deserialize } = process.getBuiltinModule("node:v8");
    this.#loader.resume(key, start, deserialize(Deno.readFileSync(path)));
  }

  async #finish(run: number, isLast: boolean): Promise<void> {
    this.#plan?.close();
    await this.#ended;
    await this.#timers.fired();
    await rejectionsSeen(() => this.#eventLoop.turn());
    this.#flush();
    if (isLast) await this.#tearDown();
    this.#ipc.drained(run);
  }

  async #tearDown(): Promise<void> {
    try {
      if (this.#loop) await this.#teardown?.(this.#loop);
    } catch (error) {
      this.#loop?.stray(error);
    }
    await rejectionsSeen(() => this.#eventLoop.turn());
    this.#flush();
  }

  /** Ends this process after the main process. */
  #end(): void {
    this.#isEnding = true;
    globalThis.close();
  }
}
