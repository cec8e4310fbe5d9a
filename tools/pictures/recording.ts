/** The recording that the pictures are made of: the events of a run of nightly.ts. */
import type { ErrorRecord } from "../../src/base/error_record.ts";
import type { RunEvent } from "../../src/events/run_event.ts";
import { readRecording } from "../../src/events/read_recording.ts";
import { urlToPath } from "../../src/runtime/file_url.ts";

/** The folder of the module in the recording. */
export const FOLDER = "/project";
/** The recorded module. */
export const MODULE = "nightly.ts";
/** The name of the recording. */
export const RECORDING = "nightly.ndjson";
/** Number of threads of the run. */
export const WORKERS = 3;
/** The command of the run. */
export const COMMAND = `tdrun ${MODULE} --workers=${WORKERS}`;
/** The task that fails. */
export const FAILED_TASK = "check_stock";

const HERE = new URL("./", import.meta.url);
const FILE = new URL(RECORDING, HERE);
const CLI = urlToPath(new URL("../../cli.ts", HERE));
const CONFIG = urlToPath(new URL("../../deno.json", HERE));
/** Start of the recorded run. */
const START = "2026-06-01T02:00:00.000Z";

/** Reads the recording. */
export function recordedEvents(): RunEvent[] {
  return readRecording(Deno.readTextFileSync(FILE));
}

/** Returns a line of the recorded module, from 1. */
export function recordedSourceLine(url: string, line: number): string | undefined {
  const name = url.slice(`file://${FOLDER}/`.length);
  return Deno.readTextFileSync(new URL(name, HERE)).split("\n")[line - 1];
}

/** Runs the module, and writes the recording. */
export async function record(): Promise<void> {
  const run = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--config", CONFIG, CLI, MODULE, `--workers=${WORKERS}`, "--reporter=json"],
    cwd: HERE,
    stderr: "null",
  });
  const text = new TextDecoder().decode((await run.output()).stdout);
  const events = text.split("\n").filter((line) => line.startsWith("{"));
  await Deno.writeTextFile(FILE, events.map((line) => `${normalized(line)}\n`).join(""));
}

/** Replaces the parts of an event that depend on the machine: dates, fractions of ms, paths. */
function normalized(line: string): string {
  const event: RunEvent = JSON.parse(
    line,
    (key, value) => key === "stack" ? inFolder(value) : value,
  );
  const elapsedMs = Math.round(event.elapsedMs);
  if (event.type === "run-started") {
    return JSON.stringify({ ...event, startedAt: START, elapsedMs });
  }
  if (event.type !== "run-finished") return JSON.stringify({ ...event, elapsedMs });
  const finishedAt = new Date(Date.parse(START) + elapsedMs).toISOString();
  return JSON.stringify({ ...event, finishedAt, elapsedMs });
}

/** Keeps the frames of the module in a stack, with paths in {@linkcode FOLDER}. */
function inFolder(stack: NonNullable<ErrorRecord["stack"]>): string {
  const isForeign = (line: string) => /^ {4}at /.test(line) && !line.includes(HERE.href);
  const lines = stack.split("\n").filter((line) => !isForeign(line));
  return lines.join("\n").replaceAll(HERE.href, `file://${FOLDER}/`);
}
