/** The entry module of a task process, which src/process/process_handle.ts starts. */
import { createSentinelWriter, PipeChannel } from "../src/process/child/pipe_channel.ts";
import type { ProcessStart } from "../src/process/ipc_protocol.ts";
import { TaskExecutor } from "./task_executor.ts";

/** The modules that a process may be asked to import, by URL. */
export type KnownModules = Readonly<Record<string, () => Promise<unknown>>>;

/** Starts the work of this process; called by the entry module that the pool generates. */
export function startTaskProcess(folder: string, modules: KnownModules): void {
  const start: ProcessStart = JSON.parse(allInput());
  // The parent ended before this process started; nothing else would end this process.
  if (Deno.ppid !== start.parentPid) return;
  new TaskExecutor({
    lane: start.lane,
    state: start.state,
    connect: (onEnd) => new PipeChannel(folder, start, onEnd),
    writeSentinels: createSentinelWriter(start.sentinel),
    importModule: (url) => modules[url]?.() ?? import(url),
  });
}

/** Reads the standard input to its end, so that nothing is left for tasks. */
function allInput(): string {
  const decoder = new TextDecoder();
  const bytes = new Uint8Array(INPUT_BYTES);
  let text = "";
  for (;;) {
    const count = Deno.stdin.readSync(bytes);
    if (count === null) return text;
    text += decoder.decode(bytes.subarray(0, count), { stream: true });
  }
}

const INPUT_BYTES = 16 * 1024;
