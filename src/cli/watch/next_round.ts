/**
 * A round of `--watch`, in its process. The watching process writes the plan to standard input, and
 * reads messages from a file: the files to watch once the module is loaded, and that the run has a
 * journal. No pipe stays open, so the run is like any other.
 */
import { ROUND_MESSAGES } from "../respawn/respawned_process.ts";
import type { System } from "../system/system.ts";
import { ResourceHolder } from "./resource_holder.ts";
import { RoundChannel } from "./round_channel.ts";
import type { RoundPlan, WatchRound } from "./round_protocol.ts";

/**
 * Waits for the round: this process starts ahead, while nothing has changed.
 *
 * @param path The path of the file for its messages.
 * @returns Undefined if the watching process has ended.
 */
export async function nextRound(path: string, system: System): Promise<WatchRound | undefined> {
  Deno.env.delete(ROUND_MESSAGES); // children of tasks run no round
  const passedOn = `${path}.plan`;
  const text = takePassedOn(passedOn) ?? await new Response(Deno.stdin.readable).text();
  if (text === "") return undefined;
  const channel = new RoundChannel(path);
  return {
    plan: JSON.parse(text) as RoundPlan,
    holder: new ResourceHolder(channel, system),
    loaded(selected) {
      const policies = selected.flatMap(({ cache }) => cache ?? []);
      const files = [...new Set(policies.flatMap(({ files }) => files))];
      const outputs = [...new Set(policies.flatMap(({ outputs }) => outputs))];
      channel.send({ type: "loaded", files, outputs });
    },
    started: () => channel.send({ type: "started" }),
    release: (names) => channel.release(names),
    importsSelf: (message) => channel.send({ type: "self-import", message }),
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
