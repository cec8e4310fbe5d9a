/** Runs a target: state, run, teardown, recap, summary. */
import { recordError } from "../base/error_record.ts";
import type { Reporter } from "../events/run_event.ts";
import { checkIsolation, defaultWorkers, makePool } from "../pool/make_pool.ts";
import { runGraph } from "../scheduler/run.ts";
import { SharedState } from "../state/shared_state.ts";
import { realm } from "../task/realm.ts";
import { ExitCode, exitCodeOf } from "./exit_code.ts";
import type { Host } from "./host.ts";
import { prepareState } from "./initial_state.ts";
import { interruptible } from "./interrupt.ts";
import { openJournal } from "./journal.ts";
import type { Target } from "./load_target.ts";
import { printEnd } from "./print_end.ts";
import { besideData, openLogFiles, openReports } from "./reports.ts";
import type { Request } from "./request.ts";
import { ordered } from "./run_order.ts";
import { makeScreen } from "./screen.ts";
import type { StateOut } from "./state_out.ts";

/**
 * Runs a loaded target, once or until a run does not go well.
 *
 * @returns The exit code.
 * @throws {UsageError} when the state or the highlights are wrong.
 */
export async function runCommand(request: Request, target: Target, host: Host): Promise<number> {
  const { repeat, isolate } = request;
  await checkIsolation(isolate, target.graph.withPolicy);
  for (let run = 0;; run++) {
    if (repeat > 1) host.err(`Run ${run + 1} of ${repeat}`);
    const policy = await ordered(request, run, target.url, host);
    const code = await runOnce({ ...request, policy }, target, host);
    if (code !== ExitCode.PASSED || run + 1 === repeat) return code;
  }
}

async function runOnce(request: Request, target: Target, host: Host): Promise<number> {
  const reports = await openReports(request, host);
  const stateOut = await stateOutOf(request, host);
  if (request.data !== undefined) host = besideData(host);
  const workers = request.workers ?? defaultWorkers(target.graph.size);
  const highlights = target.hooks.addLoggingHighlights?.();
  using screen = await makeScreen(request, workers, host, highlights);
  realm().log = (level, text) => screen.log(level, text);
  const state = SharedState.create();
  for (const [name, result] of target.taken) state.setResult(name, result);
  const reporters: Reporter[] = [...screen.reporters, ...reports];
  if (request.log) reporters.push(await openLogFiles(host));
  // What setupState does before it first awaits blocks this thread: a signal ends the process then.
  const prepared = prepareState(state, request, target.hooks, host);
  return await interruptible(host, workers > 0, async (signal) => {
    try {
      await prepared;
    } catch (error) {
      await tearDown(target, state, host); // of what setupState has set up until it failed
      throw error;
    }
    const journal = await openJournal(request, target, state, host);
    if (journal) reporters.push(journal);
    const result = await runGraph({
      graph: target.graph,
      pool: await makePool({ workers, state, isolate: request.isolate }),
      code: { kind: "module", url: target.url, version: target.version },
      local: target.tasks,
      hooks: target.hooks,
      storeResults: true,
      skipDependents: request.skipDependents,
      policy: request.policy,
      reporters,
      mocked: [...request.mocks.keys(), ...target.taken.keys()],
      signal,
    });
    const written = stateOut?.write(state) ?? true;
    const tornDown = await tearDown(target, state, host);
    await printEnd(result, request, screen, host);
    return exitCodeOf(result, request.failOnFlaky) || (tornDown && written ? 0 : 1);
  });
}

async function stateOutOf({ stateOut }: Request, host: Host): Promise<StateOut | undefined> {
  if (stateOut === undefined) return undefined;
  const { openStateOut } = await import("./state_out.ts");
  return openStateOut(stateOut, host);
}

/** Says whether it went well. */
async function tearDown({ hooks }: Target, state: SharedState, host: Host): Promise<boolean> {
  try {
    await hooks.teardownState?.(state.root);
    return true;
  } catch (error) {
    const { type, message, stack } = recordError(error);
    host.err(`teardownState failed: ${stack ?? `${type}: ${message}`}`);
    return false;
  }
}
