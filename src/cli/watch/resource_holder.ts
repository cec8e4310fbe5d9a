/**
 * The resources that outlive a round of `--watch`, in its process. After the round, the process
 * holds them: later rounds have their values, until the watching process releases them.
 *
 *     set up --(tear-down: kept)--> outliving --(round ends)--> held --(release, lost)--> gone
 *                                       '--(an input is unknown)--> gone
 *
 * Signals are handled by the watching process, which releases the resources when no task uses them
 * any more: Ctrl-C reaches all processes of a terminal at once. If the watching process is gone,
 * the resources are disposed of at the next signal: that of `endWithParent`, or of the shell that
 * the web UI starts.
 */
import type { Reporter } from "../../events/reporter.ts";
import type { RunEvent, TaskInfo } from "../../events/run_event.ts";
import { encodeResult, LARGE_RESULT, PACKED_BYTES_MAX } from "../../journal/result_codec.ts";
import type { StoredResult } from "../../journal/journal_format.ts";
import type { OutlivingResource } from "../../pool/outliving_resource.ts";
import { nowMs } from "../../runtime/clock.ts";
import { clearInterval, setInterval, setTimeout } from "../../runtime/timers.ts";
import { killDescendants } from "../../spawn/kill_descendants.ts";
import type { SharedState } from "../../state/shared_state.ts";
import type { ExitSignal } from "../exit_code.ts";
import { printError } from "../system/print_message.ts";
import { DUPLICATE_SIGNAL_MS, HANGUP_TIMEOUT_MS } from "../system/signal_thread.ts";
import type { System } from "../system/system.ts";
import { definitionOf } from "./definition_of.ts";
import type { HeldResource, HoldingOptions, RoundHolder, RoundModule } from "./round_protocol.ts";
import type { RoundChannel } from "./round_channel.ts";

/** Interval at which commands of the watching process are read, in ms. */
const COMMANDS_POLL_MS = 40;

/** Files and configurations of a module graph; undefined if they are unknown. */
type Inputs = Pick<HeldResource, "files" | "configs"> | undefined;

/** Holds the resources of a round. */
export class ResourceHolder implements RoundHolder {
  readonly #channel: RoundChannel;
  readonly #system: System;
  readonly #parent = Deno.ppid;
  /** Resources that outlive the round, and are not disposed of. */
  readonly #outliving = new Map<string, OutlivingResource>();
  /** The encoded values of the resources that were set up, in the order of their set-ups. */
  readonly #values = new Map<string, StoredResult>();
  readonly #inputs = new Map<string, Promise<Inputs>>();
  /** Resolves when nothing is held any more, or when the process has to exit. */
  readonly #done = Promise.withResolvers<void>();
  #target: RoundModule | undefined;
  /** Resolves when the current tear-down has ended. */
  #disposing: Promise<void> = Promise.resolve();
  #disposingCount = 0;
  #signals = 0;
  #signalMs = -Infinity;
  #isAbandoned = false;

  constructor(channel: RoundChannel, system: System) {
    this.#channel = channel;
    this.#system = system;
  }

  /** Hooks of threads belong to the run, so with these no resource outlives it. */
  optionsFor(target: RoundModule, state: SharedState): HoldingOptions {
    const { setupWorker, teardownWorker } = target.hooks;
    const hasHooks = setupWorker !== undefined || teardownWorker !== undefined;
    if (target.graph.setUps.length === 0 || hasHooks) return { reporters: [] };
    this.#target = target;
    const reporter = new SetUpReporter((name) => this.#noteSetUp(name, state));
    return { keepResource: (resource) => this.#keep(resource), reporters: [reporter] };
  }

  async disposeAll(): Promise<void> {
    for (const name of [...this.#values.keys()].reverse()) this.#dispose(name);
    await this.#disposing;
  }

  async hold(code: number): Promise<number> {
    if (this.#outliving.size > 0) await Promise.race([this.#hold(code), this.#done.promise]);
    return code;
  }

  async #hold(code: number): Promise<void> {
    const held = await this.#describe();
    for (const name of [...this.#values.keys()].reverse()) {
      if (!held.some((it) => it.name === name)) this.#dispose(name);
    }
    await this.#disposing;
    if (this.#outliving.size === 0) return;
    this.#channel.send({ type: "held", code, resources: held });
    const poll = setInterval(() => this.#readCommands(), COMMANDS_POLL_MS);
    if (this.#isAbandoned) this.#abandon();
    await this.#done.promise;
    clearInterval(poll);
  }

  #noteSetUp(name: string, state: SharedState): void {
    const { startMs, locationsOfResources } = this.#target!;
    const { module } = locationsOfResources?.get(name) ?? {};
    if (module === undefined) return;
    this.#inputs.getOrInsertComputed(module, () => inputsOf(module, startMs, this.#system));
    const value = state.packedLengthOf(name) > PACKED_BYTES_MAX
      ? LARGE_RESULT
      : state.resultOf(name)?.value;
    this.#values.delete(name); // it may be set up again: the order is that of the last set-ups
    this.#values.set(name, JSON.parse(`{${encodeResult(value).slice(1)}}`));
  }

  #keep(resource: OutlivingResource): void {
    const { name } = resource;
    if (this.#outliving.size === 0) this.#system.onSignal((signal) => this.#onSignal(signal));
    this.#outliving.set(name, resource);
    resource.listener = {
      output: (text) => this.#channel.send({ type: "output", name, text }),
      lost: () => {
        this.#channel.send({ type: "lost", name });
        this.#dispose(name);
      },
    };
  }

  /** The resources that can be held, in the order of their set-ups. */
  async #describe(): Promise<HeldResource[]> {
    const held: HeldResource[] = [];
    for (const [name, value] of this.#values) {
      const { tasks, held: earlier, locationsOfResources } = this.#target!;
      const location = locationsOfResources!.get(name)!;
      const { module } = location;
      const inputs = await this.#inputs.get(module);
      const { spec } = tasks.get(name)!;
      const usesHeld = (spec.use ?? []).every((used) => {
        return held.some((it) => it.name === used) || earlier?.has(used);
      });
      if (!this.#outliving.has(name) || !inputs || !usesHeld || value.omitted) continue;
      held.push({ name, module, definition: definitionOf(spec, location), ...inputs, ...value });
    }
    return held;
  }

  #readCommands(): void {
    for (const command of this.#channel.read()) {
      if (command.type === "release") this.#dispose(command.name);
    }
  }

  /** Disposes of a resource after those before it. */
  #dispose(name: string): void {
    const resource = this.#outliving.get(name);
    if (resource === undefined) return;
    this.#outliving.delete(name);
    this.#disposingCount++;
    this.#disposing = this.#disposing.then(() => this.#tearDown(resource));
  }

  async #tearDown(resource: OutlivingResource): Promise<void> {
    const { name } = resource;
    this.#print(() => this.#system.err(`Tearing down "${name}"`));
    const error = await resource.dispose();
    if (error !== undefined) {
      const text = `Cannot tear down "${name}": ${error.type}: ${error.message}`;
      this.#print(() => printError(this.#system, text));
    }
    this.#disposingCount--;
    this.#channel.send({ type: "released", name, hasFailed: error !== undefined });
    if (this.#outliving.size === 0 && this.#disposingCount === 0) this.#done.resolve();
  }

  #print(print: () => void): void {
    try {
      print();
    } catch {
      // the terminal is gone
    }
  }

  #onSignal(signal: ExitSignal): void {
    if (Deno.ppid !== this.#parent) return this.#abandon();
    if (signal === "SIGHUP") this.#exitLater();
    if (nowMs() - this.#signalMs < DUPLICATE_SIGNAL_MS) return;
    this.#signalMs = nowMs();
    if (++this.#signals > 1 && this.#disposingCount > 0) this.#exit();
  }

  /** Disposes of everything, since the watching process is gone. */
  #abandon(): void {
    if (!this.#isAbandoned) this.#exitLater();
    this.#isAbandoned = true;
    void this.disposeAll();
  }

  #exitLater(): void {
    Deno.unrefTimer(setTimeout(() => this.#exit(), HANGUP_TIMEOUT_MS));
  }

  /** Exits without waiting for tear-downs. */
  #exit(): void {
    killDescendants(Deno.pid);
    this.#done.resolve();
  }
}

async function inputsOf(module: string, startMs: number, system: System): Promise<Inputs> {
  try {
    const { hashConfigs, hashModule } = await import("../run/hash_module.ts");
    const { files } = await hashModule(module, startMs, system);
    return { files, configs: Object.fromEntries(await hashConfigs(module, system.folder)) };
  } catch {
    return undefined; // a file has changed since, for example
  }
}

/** Calls a function for each resource that is set up. */
class SetUpReporter implements Reporter {
  readonly #onSetUp: (name: string) => void;
  #tasks: readonly TaskInfo[] = [];

  constructor(onSetUp: (name: string) => void) {
    this.#onSetUp = onSetUp;
  }

  report(event: RunEvent): void {
    if (event.type === "run-started") this.#tasks = event.tasks;
    if (event.type !== "task-finished" || event.outcome.status !== "passed") return;
    const { name, kind, worker } = this.#tasks[event.task]!;
    if (kind === "resource" && worker === undefined) this.#onSetUp(name);
  }
}
