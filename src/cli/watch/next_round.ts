/**
 * A round of `--watch`, in its process. The watching process writes the plan to standard input, and
 * reads messages from a file: the files to watch once the module is loaded, and that the run has a
 * journal. No channel stays open, so the run is like any other.
 */
import type { TaskSpec } from "../../task/task.ts";
import { ROUND_MESSAGES } from "../respawn/respawned_process.ts";

/** The selection of a round. */
export interface RoundPlan {
  /** The changed files, relative to the folder where it contains them. Sorted. */
  readonly changed: readonly string[];
  /** With several modules, the URLs of those whose module graph has changed. */
  readonly changedModules: readonly string[];
  /** Whether every task runs: at the start, on Enter, or after a change that concerns all. */
  readonly isAll: boolean;
}

/** A message of a round's process. */
export type RoundMessage =
  /** Globs of the selected tasks: the files that they read, and those that they write. */
  | { readonly type: "loaded"; readonly files: string[]; readonly outputs: string[] }
  /** The journal is open: the next round knows which tasks have passed. */
  | { readonly type: "started" }
  /** The module imports the library by its name, which takes an import map. */
  | { readonly type: "self-import"; readonly message: string };

/** A round, as its process sees it. */
export interface WatchRound {
  readonly plan: RoundPlan;
  /**
   * Sends the files to watch.
   *
   * @param selected The tasks of the run, and those whose results are reused.
   */
  loaded(selected: readonly TaskSpec[]): void;
  /** Sends that the journal is open. */
  started(): void;
  /** Sends that the module imports the library by its name. */
  importsSelf(message: string): void;
  /** Passes the round on to the process that this one starts in its place. */
  passOn(): void;
}

/**
 * Waits for the round: this process starts ahead, while nothing has changed.
 *
 * @param path The path of the file for its messages.
 * @returns Undefined if the watching process has ended.
 */
export async function nextRound(path: string): Promise<WatchRound | undefined> {
  Deno.env.delete(ROUND_MESSAGES); // children of tasks run no round
  const passedOn = `${path}.plan`;
  const text = takePassedOn(passedOn) ?? await new Response(Deno.stdin.readable).text();
  if (text === "") return undefined;
  const send = (message: RoundMessage) => {
    Deno.writeTextFileSync(path, `${JSON.stringify(message)}\n`, { append: true });
  };
  return {
    plan: JSON.parse(text) as RoundPlan,
    loaded(selected) {
      const policies = selected.flatMap(({ cache }) => cache ?? []);
      const files = [...new Set(policies.flatMap(({ files }) => files))];
      const outputs = [...new Set(policies.flatMap(({ outputs }) => outputs))];
      send({ type: "loaded", files, outputs });
    },
    started: () => send({ type: "started" }),
    importsSelf: (message) => send({ type: "self-import", message }),
    passOn() {
      Deno.writeTextFileSync(passedOn, text);
      Deno.env.set(ROUND_MESSAGES, path);
    },
  };
}

/** Takes the plan that a process with the same standard input has passed on, if there is one. */
function takePassedOn(path: string): string | undefined {
  try {
    const text = Deno.readTextFileSync(path);
    Deno.removeSync(path);
    return text;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
