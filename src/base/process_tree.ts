/**
 * The processes that a process has started, and those that these have: what is to end with it, whichever group or
 * session it is in. A process whose parent has ended is no part of the tree any more.
 */

/** Kills all of them. They are stopped first, so that none starts another in the meantime. */
export function killDescendants(pid: number): void {
  const found = new Set<number>();
  for (let look = 0; look < LOOKS_MAX; look++) {
    const others = descendantsOf(pid).filter((it) => !found.has(it));
    if (others.length === 0) break;
    for (const other of others) {
      found.add(other);
      send(other, "SIGSTOP");
    }
  }
  for (const other of found) send(other, "SIGKILL");
}

/** A tree that grows faster than it is stopped is killed as far as it is known. */
const LOOKS_MAX = 8;

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

/** The parent of each process; none where nobody tells, or may. */
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
      // "pid (name) state parent …": the name may hold anything.
      const stat = Deno.readTextFileSync(`/proc/${name}/stat`);
      const [, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      return [[Number(name), Number(parent)] as const];
    } catch {
      return []; // it has ended
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

function send(pid: number, signal: "SIGSTOP" | "SIGKILL"): void {
  try {
    Deno.kill(pid, signal);
  } catch {
    // it has ended, or is another user's
  }
}
