/** `--state-out`: the state as JSON, when the run is over; with `--dry-run`, as the run would begin. */
import { escapeJson } from "../../base/text_format.ts";
import { bytesOf } from "../../state/log/opaque_values.ts";
import { SharedState } from "../../state/shared_state.ts";
import { ExitCode } from "../exit_code.ts";
import { reportError } from "../report_error.ts";
import { fileIdentity } from "../system/file_identity.ts";
import { MainHooks } from "./main_hooks.ts";
import type { System } from "../system/system.ts";
import { prepareState } from "./initial_state.ts";
import { interruptible } from "../system/interrupt.ts";
import type { Target } from "./load_target.ts";
import { cannotWrite, openOut, placeName } from "../output/open_reporters.ts";
import { readStateFile } from "./state_file.ts";

/** A file that waits for the state of a run. */
export interface StateOut extends Disposable {
  /** Writes the state, and closes the file. Says whether that went well; if not, a line has said why. */
  write(state: SharedState): boolean;
}

/**
 * Opens the file before anything runs: a path that cannot be written is known in time.
 *
 * @param stateFile Where the state comes from, if from a file.
 * @throws {UsageError} when it cannot be opened, or the state is to come from it and it does not hold one.
 */
export function openStateOut(
  path: string,
  stateFile: string | undefined,
  system: System,
): StateOut {
  const isBoth = stateFile !== undefined &&
    fileIdentity(stateFile, system.folder) === fileIdentity(path, system.folder);
  if (isBoth) readStateFile(stateFile, system); // one that is not there is not to be made
  const what = `the state to ${placeName(path)}`;
  // The state may have to be read from it first.
  const file = openOut(path, system, { what, restoreOnFailure: true });
  return {
    write(state) {
      try {
        try {
          const { results, ...others } = state.sanitized(); // a state file may not have any
          file.write(`${stateJson(isBoth ? others : { results, ...others })}\n`);
        } finally {
          file.close();
        }
        return true;
      } catch (error) {
        const why = BEYOND_JSON[(error as Error).message];
        const line = why === undefined ? cannotWrite(what, error) : `Cannot write ${what}: ${why}`;
        system.err(`Error: ${line}`); // the run is over, and is still to be told
        return false;
      }
    },
    [Symbol.dispose]() {
      try {
        file.close();
      } catch {
        // what nothing was written to is nobody's loss
      }
    },
  };
}

/**
 * Writes the state that a run of a target would begin with.
 *
 * @returns The exit code that this comes to.
 * @throws {UsageError} when the state is wrong, `setupState` throws, or the file cannot be opened.
 */
export async function writeInitialState(
  path: string,
  { request, hooks, startMs }: Target,
  system: System,
): Promise<number> {
  const tell = (error: unknown) => void reportError(error, request.verbose, system);
  using out = openStateOut(path, request.stateFile, system);
  return await interruptible(system, tell, async (interrupt) => {
    const state = SharedState.create();
    const { deadlineMs } = request.policy;
    const logAs = () => {};
    const calls = new MainHooks({ hooks, state, system, interrupt, logAs, deadlineMs, startMs });
    let isInTime: boolean;
    try {
      isInTime = await calls.setUp(async (watched, reading) => {
        await prepareState(state, request, watched, reading);
      });
    } catch (error) {
      await calls.tearDown(true);
      throw error;
    }
    const isWritten = isInTime && out.write(state);
    const isTornDown = await calls.tearDown(true) === undefined;
    if (!isInTime || !isTornDown) return ExitCode.FAILED;
    return isWritten ? ExitCode.PASSED : ExitCode.INTERNAL;
  });
}

/**
 * A state as JSON. What JSON has no form for is written as what it is like: a Map as its entries, a Set
 * as its members, bytes and typed arrays as their numbers, a bigint, a RegExp and an error as text, and
 * what holds itself as "[Circular]" where it comes again.
 *
 * An object that is in many places is written at each, and a few of them, each twice in the next, are more than
 * any text may hold. The engine finds that out when it has gone through them all, which may take hours.
 *
 * @param lengthMax How long a text may be, in UTF-16 units.
 * @throws {RangeError} when it would be longer.
 */
export function stateJson(state: Record<string, unknown>, lengthMax = STRING_MAX): string {
  const above: unknown[] = [];
  let least = 0;
  const json = JSON.stringify(state, function (this: unknown, _key, value: unknown) {
    while (above.length > 0 && above.at(-1) !== this) above.pop();
    const plain = plainOf(value);
    // Of what it is written as, a line break, its indentation, and itself.
    if (plain !== undefined) least += above.length + (typeof plain === "string" ? plain.length : 2);
    if (least > lengthMax) throw new RangeError("Invalid string length"); // as the engine says it
    if (typeof plain !== "object" || plain === null) return plain;
    if (above.includes(plain) || above.includes(value)) return "[Circular]";
    // A Map is looked for as itself, and holds its members through what stands for it.
    if (plain !== value) above.push(value);
    above.push(plain);
    return plain;
  }, 2);
  return escapeJson(json);
}

/** What the engine says of a state that JSON cannot be made of. */
const BEYOND_JSON: Readonly<Record<string, string>> = {
  "Invalid string length": "it is too large for JSON",
  "Maximum call stack size exceeded": "it is nested too deeply for JSON",
};

/** What V8 allows. */
const STRING_MAX = 2 ** 29;

function plainOf(value: unknown): unknown {
  if (value instanceof Map || value instanceof Set) return [...value];
  if (value instanceof ArrayBuffer || value instanceof DataView) return [...bytesOf(value)];
  if (ArrayBuffer.isView(value)) return [...value as Uint8Array];
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  if (typeof value === "bigint" || value instanceof RegExp) return String(value);
  return value;
}
