/** A run in a process of its own, as the page follows it. */
import type { RunEnd, RunRequest } from "../../gui/protocol.ts";
import type { StartedRun } from "../../gui/runs.ts";
import { tdrunCommand } from "./child_command.ts";
import { runArgs } from "./run_args.ts";
import { StateFolder } from "./state_folder.ts";

/** So much of what the command said is kept, in UTF-16 units: an error is at its end. */
const SAID_MAX = 32 * 1024;

/** Starts a run. */
export async function startRun(request: RunRequest, folder: string): Promise<StartedRun> {
  const files = await StateFolder.create(request.state);
  const child = tdrunCommand(runArgs(request, files), folder).spawn();
  const read = Promise.withResolvers<void>();
  return {
    lines: linesOf(child.stdout, read.resolve),
    ended: ended(child, files, read.promise),
    cancel: cancelling(child),
  };
}

async function ended(
  child: Deno.ChildProcess,
  files: StateFolder,
  read: Promise<void>,
): Promise<RunEnd> {
  const [said, { code, signal }] = await Promise.all([
    lastOf(child.stderr),
    child.status,
    read,
  ]);
  const state = await files.result();
  await files.remove();
  return { code: signal === null ? code : null, said, state };
}

/** Events are JSON, one a line; a task in a process may print beside them, which is not for us. */
async function* linesOf(
  stream: ReadableStream<Uint8Array>,
  over: () => void,
): AsyncGenerator<string> {
  try {
    let rest = "";
    for await (const text of stream.pipeThrough(new TextDecoderStream() as Decoding)) {
      const lines = (rest + text).split("\n");
      rest = lines.pop()!;
      for (const line of lines) if (line.startsWith("{")) yield line;
    }
  } finally {
    over();
  }
}

type Decoding = ReadableWritablePair<string, Uint8Array>;

async function lastOf(stream: ReadableStream<Uint8Array>): Promise<string> {
  let said = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream() as Decoding)) {
    said = (said + text).slice(-SAID_MAX);
  }
  return said;
}

/** Ctrl-C, and again; and what no process can ignore. */
function cancelling(child: Deno.ChildProcess): () => void {
  let asked = 0;
  return () => {
    try {
      child.kill(++asked > 2 ? "SIGKILL" : "SIGINT");
    } catch {
      // it has ended by itself
    }
  };
}
