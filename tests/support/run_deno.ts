/** Runs a program in a process, which may hang, exit or crash. */

/** The end of the program. */
export interface ProcessEnd {
  /** The exit code; undefined when the process was killed after its time limit. */
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs TypeScript source. */
export async function runDeno(program: string, timeoutMs = 10_000): Promise<ProcessEnd> {
  const url = `data:application/typescript,${encodeURIComponent(program)}`;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-config", "--no-lock", url],
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    child.kill("SIGKILL");
  }, timeoutMs);
  const { code, stdout, stderr } = await child.output();
  clearTimeout(timer);
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes).trim();
  return { code: isLate ? undefined : code, stdout: text(stdout), stderr: text(stderr) };
}

/** The beginning of a program that creates workers from source: `start("postMessage(1)")`. */
export const WORKER_KIT = `
  const start = (source) => {
    const worker = new Worker("data:application/javascript," + encodeURIComponent(source), { type: "module" });
    worker.next = () => new Promise((resolve) => worker.onmessage = (event) => resolve(event.data));
    return worker;
  };
  const within = async (promise, ms) => {
    let timer;
    const late = new Promise((resolve) => timer = setTimeout(() => resolve("nothing"), ms));
    const first = await Promise.race([promise, late]);
    clearTimeout(timer);
    return first;
  };
`;
