/** Identifies the journals of a target. */
import { journalKey } from "../../journal/journal_folder.ts";
import { moduleUrl } from "../../runtime/file_url.ts";
import type { System } from "../system/system.ts";
import type { Request, SelectionRequest, ShardRequest } from "../args/request.ts";

/** A module, and the key that its journals share for one selection. */
export interface JournalTarget {
  /** The module's path from the current folder if the folder contains it, else its URL. */
  readonly module: string;
  readonly key: string;
}

/** Returns the journal key of a target. Each selection has a key, so none hides another's runs. */
export async function journalKeyFor(
  { selection, shard, modules }: Pick<Request, "selection" | "shard" | "modules">,
  url: string,
  system: System,
): Promise<JournalTarget> {
  const folder = moduleUrl("", system.folder);
  // A relative path keeps the journals valid when the folder is moved or mounted somewhere else.
  const relative = (it: string) => it.startsWith(folder) ? it.slice(folder.length) : it;
  const module = modules.length > 1
    ? modules.map(({ path }) => relative(moduleUrl(path, system.folder))).join(" ")
    : relative(url);
  return { module, key: await journalKey(module, selectionKey(selection, shard)) };
}

/** Returns whether tasks are selected by name or tag. */
export function hasSelection({ names, tags, exclude }: SelectionRequest): boolean {
  return names.length > 0 || tags !== undefined || exclude.length > 0;
}

function selectionKey(selection: SelectionRequest, shard: ShardRequest | undefined): string {
  const { names, tags, exclude, withDeps, dependents } = selection;
  if (!hasSelection(selection) && shard === undefined) return "";
  const criteria = [[...names].sort(), tags?.text, [...exclude].sort(), withDeps, dependents];
  return JSON.stringify(shard === undefined ? criteria : [...criteria, shard.index, shard.count]);
}
