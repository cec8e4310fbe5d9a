/** `--state-out`: writes the final state as JSON, or with `--dry-run` the initial state. */
import { escapeJson } from "../../base/text_format.ts";
import { bytesOf } from "../../state/log/opaque_values.ts";
import { SharedState } from "../../state/shared_state.ts";
import { ExitCode } from "../exit_code.ts";
import { reportError } from "../report_error.ts";
import { fileIdentity } from "../system/file_identity.ts";
import { MainHooks } from "./main_hooks.ts";
import type { System } from "../system/system.ts";
import { prepareState } from "./prepare_state.ts";
import { interruptible } from "../system/interrupt.ts";
import type { Target } from "./load_target.ts";
import { cannotWriteMessage, openOutput, outputName } from "../output/open_reporters.ts";
import { readStateFile } from "./state_file.ts";
import { printError } from "../system/print_message.ts";

/** The open output file of `--state-out`. */
export interface StateOut extends Disposable {
  /** Writes the state and closes the file. Prints an error and returns false on failure. */
  write(state: SharedState): boolean;
}

/**
 * Opens the output file before the run, so that a path that cannot be written is reported early.
 *
 * @param stateFile The file that the state is read from, if any.
 * @throws {UsageError} when the file cannot be opened, or is also the state file and contains no
 * valid state.
 */
export function openStateOut(
  path: string,
  stateFile: string | undefined,
  system: System,
): StateOut {
  const isSameFile = stateFile !== undefined &&
    fileIdentity(stateFile, system.folder) === fileIdentity(path, system.folder);
  if (isSameFile) readStateFile(stateFile, system); // a missing state file must not be created
  const what = `the state to ${outputName(path)}`;
  // Opening must not truncate: the state may be read from the same file later.
  const file = openOutput(path, system, { what, restoreOnFailure: true });
  return {
    write(state) {
      try {
        try {
          // `results` is a reserved key in a state file.
          const { results, ...others } = state.sanitized();
          file.write(`${stateJson(isSameFile ? others : { results, ...others })}\n`);
        } finally {
          file.close();
        }
        return true;
      } catch (error) {
        const why = JSON_FAILURES[(error as Error).message];
        const line = why === undefined
          ? cannotWriteMessage(what, error)
          : `Cannot write ${what}: ${why}`;
        printError(system, line); // not thrown: the run has yet to be reported
        return false;
      }
    },
    [Symbol.dispose]() {
      try {
        file.close();
      } catch {
        // nothing was written, so nothing is lost
      }
    },
  };
}

/**
 * Writes the initial state of a run without running tasks.
 *
 * @returns The exit code.
 * @throws {UsageError} when the state is invalid, `setupState` throws, or the file cannot be
 * opened.
 */
export async function writeInitialState(
  path: string,
  { request, hooks, startMs }: Target,
  system: System,
): Promise<number> {
  const reportFailure = (error: unknown) => void reportError(error, request.verbose, system);
  using out = openStateOut(path, request.stateFile, system);
  return await interruptible(system, reportFailure, async (interrupt) => {
    const state = SharedState.create();
    const { deadlineMs } = request.policy;
    const logAs = () => {};
    const mainHooks = new MainHooks({
      hooks,
      state,
      system,
      interrupt,
      logAs,
      deadlineMs,
      startMs,
    });
    let isWithinDeadline: boolean;
    try {
      isWithinDeadline = await mainHooks.setUp(async (watched, interruptibleSystem) => {
        await prepareState(state, request, watched, interruptibleSystem);
      });
    } catch (error) {
      await mainHooks.tearDown(true);
      throw error;
    }
    const isWritten = isWithinDeadline && out.write(state);
    const isTornDown = await mainHooks.tearDown(true) === undefined;
    if (!isWithinDeadline || !isTornDown) return ExitCode.FAILED;
    return isWritten ? ExitCode.PASSED : ExitCode.INTERNAL;
  });
}

/**
 * Formats a state as JSON. Values that JSON lacks are approximated: a Map as its entries, a Set as
 * its members, bytes and typed arrays as numbers, a bigint, a RegExp and an error as text, and a
 * circular reference as "[Circular]".
 *
 * A shared object is written at each reference, so a few nested ones can expand to more text than a
 * string can hold. V8 notices only after hours of expansion; here the minimum length is counted
 * while the state is traversed.
 *
 * @param maxLength Maximum length of the text, in UTF-16 units.
 * @throws {RangeError} when the text would be longer.
 */
export function stateJson(state: Record<string, unknown>, maxLength = STRING_LENGTH_MAX): string {
  const ancestors: unknown[] = [];
  let minLength = 0;
  const json = JSON.stringify(state, function (this: unknown, _key, value: unknown) {
    while (ancestors.length > 0 && ancestors.at(-1) !== this) ancestors.pop();
    const plain = toPlain(value);
    // The line break and the indentation, and the value itself.
    if (plain !== undefined) {
      minLength += ancestors.length + (typeof plain === "string" ? plain.length : 2);
    }
    if (minLength > maxLength) throw new RangeError("Invalid string length"); // V8's own message
    if (typeof plain !== "object" || plain === null) return plain;
    if (ancestors.includes(plain) || ancestors.includes(value)) return "[Circular]";
    // Both are pushed: a cycle refers to the Map itself; its members' parent is the plain form.
    if (plain !== value) ancestors.push(value);
    ancestors.push(plain);
    return plain;
  }, 2);
  return escapeJson(json);
}

/** Reasons by V8's message for a state that cannot be written as JSON. */
const JSON_FAILURES: Readonly<Record<string, string>> = {
  "Invalid string length": "the state is too large for JSON",
  "Maximum call stack size exceeded": "the state is nested too deeply for JSON",
};

/** Maximum length of a string in V8, in UTF-16 units. */
const STRING_LENGTH_MAX = 2 ** 29;

function toPlain(value: unknown): unknown {
  if (value instanceof Map || value instanceof Set) return [...value];
  if (value instanceof ArrayBuffer || value instanceof DataView) return [...bytesOf(value)];
  if (ArrayBuffer.isView(value)) return [...value as Uint8Array];
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  if (typeof value === "bigint" || value instanceof RegExp) return String(value);
  return value;
}
