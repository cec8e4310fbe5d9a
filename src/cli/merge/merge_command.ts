/** `tdrun merge`: reports the recordings of shards as one run. */
import { UsageError } from "../../base/errors.ts";
import { errorText } from "../../base/text_format.ts";
import { EventStream } from "../../events/event_stream.ts";
import { mergeRecordings, type Recording } from "../../events/merge_recordings.ts";
import { readRecording } from "../../events/read_recording.ts";
import type { RunStarted } from "../../events/run_event.ts";
import { readInputFile } from "../args/expand_file_args.ts";
import { isOutForData, type RequestOptions, writesFiles } from "../args/request.ts";
import { ExitCode, exitCodeOf } from "../exit_code.ts";
import { helpLayout } from "../help/help_layout.ts";
import { subcommandHelp } from "../help/help_text.ts";
import { openReporters, withStdoutReserved } from "../output/open_reporters.ts";
import { printSummary } from "../output/print_summary.ts";
import { createTerminalOutput } from "../output/terminal_output.ts";
import { assertNoOverwrite } from "../run/assert_no_overwrite.ts";
import { printNote } from "../system/print_message.ts";
import type { System } from "../system/system.ts";
import { MERGE_COMMAND, parseMergeArgs } from "./merge_args.ts";

/**
 * Runs `tdrun merge`.
 *
 * @param args The arguments after `merge`.
 * @returns The exit code: that of a run with the merged events.
 * @throws {UsageError} when an argument or a recording is invalid.
 */
export async function mergeCommand(args: readonly string[], system: System): Promise<number> {
  const parsed = parseMergeArgs(args);
  if (parsed.type === "help") {
    system.out(subcommandHelp(MERGE_COMMAND, helpLayout(system)));
    return ExitCode.PASSED;
  }
  const { files, isPartial } = parsed;
  const recordings = files.map((file) => readFile(file, system));
  const merged = mergeRecordings(recordings, isPartial);
  const { facts, module = files[0]!, modules: paths = [module], gaps } = merged;
  for (const gap of gaps) printNote(system, `incomplete: ${gap}`);
  const modules = paths.map((path) => ({ path, names: [], isExpanded: false }));
  const options = { ...parsed.options, module, modules };
  if (writesFiles(options)) {
    assertNoOverwrite(options, { what: "recording", files }, system.folder);
  }
  return await report(facts, options, system);
}

function readFile(file: string, system: System): Recording {
  const text = readInputFile(file, system, `the recording "${file}"`);
  try {
    return { name: file, events: readRecording(text, `merge "${file}"`) };
  } catch (error) {
    throw new UsageError(errorText(error));
  }
}

/** Delivers the facts of a run to the reporters, and prints its summary. */
async function report(
  facts: ReturnType<typeof mergeRecordings>["facts"],
  options: RequestOptions,
  system: System,
): Promise<number> {
  const { tasks, workers, mocked } = facts[0]![0] as RunStarted;
  const request = {
    ...options,
    selection: { names: [], tags: undefined, exclude: [], withDeps: false, dependents: false },
    mocks: new Map(mocked.map((name) => [name, undefined])),
    why: undefined,
  };
  const reports = await openReporters(request, system);
  const seen = isOutForData(request) ? withStdoutReserved(system) : system;
  // Nothing is live: all events are delivered at once.
  using screen = await createTerminalOutput(
    request,
    { workers, url: "", system: { ...seen, terminal: undefined } },
    undefined,
  );
  const stream = new EventStream([...screen.reporters, ...reports]);
  for (const [fact, elapsedMs] of facts) stream.emit(fact, elapsedMs);
  await stream.close();
  const result = { view: stream.view, reporterFailures: stream.failures };
  if (tasks.length === 0) printNote(system, "the recordings have no tasks");
  await printSummary(result, request, screen, seen);
  return exitCodeOf(result, { failOnFlaky: request.failOnFlaky });
}
