/**
 * Uses the resources that earlier rounds hold in a round, instead of setting them up.
 *
 * The inputs of a resource are the contents of the module graph of the module that defines it, the
 * configurations that apply to that, its definition, the results of its dependencies, and the
 * resources that it uses.
 */
import { fileDigestOf } from "../../cache/digests.ts";
import type { Graph } from "../../graph/graph.ts";
import { isTask } from "../../graph/resources.ts";
import { selectTasks } from "../../graph/select.ts";
import { decodeResult } from "../../journal/result_codec.ts";
import type { ResourceLocation } from "../../task/mark_locations.ts";
import { hashConfigs } from "../run/hash_module.ts";
import type { ReusedResults } from "../run/reuse_results.ts";
import { definitionOf } from "./definition_of.ts";
import type { DigestsByPath, HeldResource, WatchRound } from "./round_protocol.ts";

/** The resources of the module of a round. */
export interface RoundResources {
  /** All selected tasks, with their resources. */
  readonly selected: Graph;
  readonly locations: ReadonlyMap<string, ResourceLocation>;
  /** Absolute path of the folder of the run. */
  readonly folder: string;
}

/**
 * Removes the held resources whose inputs are the same from the graph of a round, as if they were
 * mocked, and waits until the others are disposed of.
 */
export async function reuseHeld(
  round: Pick<WatchRound, "plan" | "release">,
  results: ReusedResults,
  resources: RoundResources,
): Promise<ReusedResults> {
  const { held } = round.plan;
  if (held.length === 0) return results;
  const { graph } = results;
  const unchanged = await unchangedResources(held, graph, resources);
  const released = held.map(({ name }) => name).filter((it) => !unchanged.has(it));
  if (released.length > 0) await round.release(released);
  const mocked = [...unchanged.keys()].filter((it) => graph.idOf(it) !== undefined);
  return {
    ...results,
    graph: mocked.length === 0 ? graph : selectTasks(graph, { mocked }),
    held: new Map([...unchanged].map(([name, it]) => [name, decodeResult(it)])),
  };
}

/**
 * Returns the resources whose inputs are the same. A dependency that runs again in the round may
 * have another result, so it counts as changed.
 *
 * @param held In the order of their set-ups.
 * @param due The tasks that run in the round.
 */
async function unchangedResources(
  held: readonly HeldResource[],
  due: Graph,
  { selected, locations, folder }: RoundResources,
): Promise<Map<string, HeldResource>> {
  const unchanged = new Map<string, HeldResource>();
  for (const resource of held) {
    const { name, module, definition, files, configs } = resource;
    const id = selected.idOf(name);
    const location = locations.get(name);
    if (id === undefined || location === undefined) continue;
    const hasSameResults = Array.from(selected.dependenciesOf(id), (it) => selected.tasks[it]!)
      .every((it) => isTask(it) ? due.idOf(it.name) === undefined : unchanged.has(it.name));
    const isSame = hasSameResults && definitionOf(selected.tasks[id]!, location) === definition &&
      await haveSameContents(files) &&
      JSON.stringify(Object.fromEntries(await hashConfigs(module, folder))) ===
        JSON.stringify(configs);
    if (isSame) unchanged.set(name, resource);
  }
  return unchanged;
}

async function haveSameContents(files: DigestsByPath): Promise<boolean> {
  for (const [path, digest] of Object.entries(files)) {
    try {
      if (await fileDigestOf(path) !== digest) return false;
    } catch {
      return false; // it was removed
    }
  }
  return true;
}
