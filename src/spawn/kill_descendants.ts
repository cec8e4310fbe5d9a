/**
 * The descendants of a process, in any process group or session. A process whose parent has ended
 * is not a descendant any more.
 */

/**
 * Kills all descendants of a process. They are stopped first, so that none starts another one
 * meanwhile.
 */
export function killDescendants(pid: number): void {
  const stopped = new Set<number>();
  for (let pass = 0; pass < PASSES_MAX; pass++) {
    // Processes that have ended are filtered out: `ps` lists itself.
    const others = descendantsOf(pid).filter((it) => !stopped.has(it) && send(it, "SIGSTOP"));
    if (others.length === 0) break;
    for (const other of others) stopped.add(other);
  }
  for (const other of stopped) send(other, "SIGKILL");
}

/**
 * Maximum number of passes: of a tree that grows faster than it is stopped, the known part is
 * killed.
 */
const PASSES_MAX = 8;

function descendantsOf(pid: number): number[] {
  const children = Map.groupBy(parents(), ([, parent]) => parent);
  const list: number[] = [];
  for (const worklist = [pid]; worklist.length > 0;) {
    for (const [child] of children.get(worklist.pop()!) ?? []) {
      list.push(child);
      worklist.push(child);
    }
  }
  return list;
}

type Parents = (readonly [pid: number, parent: number])[];

/** Returns the parent of each process; none where the system has no list, or it cannot be read. */
function parents(): Parents {
  try {
    return Deno.build.os === "linux" ? parentsInProc() : parentsByPs();
  } catch {
    return [];
  }
}

function parentsInProc(): Parents {
  return [...Deno.readDirSync("/proc")].flatMap(({ name }) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      // "pid (name) state parent …": the name may contain anything.
      const stat = Deno.readTextFileSync(`/proc/${name}/stat`);
      const [, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      return [[Number(name), Number(parent)] as const];
    } catch {
      return []; // The process has ended.
    }
  });
}

function parentsByPs(): Parents {
  const args = ["-A", "-o", "pid=,ppid="];
  const { stdout } = new Deno.Command("ps", { args, stderr: "null" }).outputSync();
  return new TextDecoder().decode(stdout).trim().split("\n").map((line) => {
    const [pid, parent] = line.trim().split(/\s+/);
    return [Number(pid), Number(parent)] as const;
  });
}

/** @returns whether the user has such a process. */
function send(pid: number, signal: "SIGSTOP" | "SIGKILL"): boolean {
  try {
    Deno.kill(pid, signal);
    return true;
  } catch {
    return false;
  }
}
