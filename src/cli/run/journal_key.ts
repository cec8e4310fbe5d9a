/** Where the journals of a target are. */
import { journalKey } from "../../journal/journal_folder.ts";
import { moduleUrl } from "../../task/load.ts";
import type { System } from "../system/system.ts";
import type { Request, SelectionRequest } from "../args/request.ts";

/** What the journals of a target are called. */
export interface JournalPlace {
  /** The module: its path from the current folder, if it is in there; else its URL. */
  readonly module: string;
  readonly key: string;
}

/** Says where the journals of a target are. Each selection has its own, so that none hides another's. */
export async function journalKeyFor(
  { selection }: Request,
  url: string,
  system: System,
): Promise<JournalPlace> {
  const folder = moduleUrl("", system.folder);
  // A folder that is moved, or mounted elsewhere, takes its journals along.
  const module = url.startsWith(folder) ? url.slice(folder.length) : url;
  return { module, key: await journalKey(module, selectionText(selection)) };
}

/** Whether a selection was made. */
export function selects({ names, tags, exclude }: SelectionRequest): boolean {
  return names.length > 0 || tags !== undefined || exclude.length > 0;
}

function selectionText(selection: SelectionRequest): string {
  const { names, tags, exclude, withDeps, dependents } = selection;
  if (!selects(selection)) return "";
  return JSON.stringify([[...names].sort(), tags?.text, [...exclude].sort(), withDeps, dependents]);
}
