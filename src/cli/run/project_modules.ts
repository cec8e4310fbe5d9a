/** The modules of a run, and the URL by which threads load them. */
import type { Graph } from "../../graph/graph.ts";
import { moduleUrl } from "../../runtime/file_url.ts";
import { type EntryModule, modulePrefixes, projectEntry } from "../../task/project_entry.ts";
import type { ModuleRequest, TypedRequest } from "../args/request.ts";
import { printNote } from "../system/print_message.ts";
import type { System } from "../system/system.ts";

/** The modules of a request; none if there is only one. */
export interface Project {
  /** The URL of the module, or of the entry of all. */
  readonly url: string;
  readonly modules: readonly ProjectModule[];
}

/** A module of a project. */
export type ProjectModule = ModuleRequest & EntryModule;

/** Names the modules of a request. */
export function projectModules({ modules }: TypedRequest, folder: string): Project {
  const urls = modules.map(({ path }) => moduleUrl(path, folder));
  if (urls.length === 1) return { url: urls[0]!, modules: [] };
  const prefixes = modulePrefixes(urls);
  const named = modules.map((it, i) => ({ ...it, prefix: prefixes[i]!, url: urls[i]! }));
  return { url: projectEntry(named), modules: named };
}

/** Prints a note for each module that was named and has no task. */
export function noteModulesWithoutTasks({ modules }: Project, all: Graph, system: System): void {
  for (const { path, prefix, isExpanded } of modules) {
    if (isExpanded || all.names.some((name) => name.startsWith(prefix))) continue;
    printNote(system, `"${path}" has no task that another module does not have`);
  }
}

/**
 * The URL that the threads of a run load: that of the module, or of an entry of the modules that
 * have a task of the run, or name one.
 */
export function urlOfRun({ url, modules }: Project, all: Graph, selected: Graph): string {
  if (modules.length === 0) return url;
  const names = selected.names.flatMap((name) => [
    name,
    ...Array.from(all.dependenciesOf(all.idOf(name)!), (id) => all.names[id]!),
  ]);
  return projectEntry(
    modules.filter(({ prefix }) => names.some((name) => name.startsWith(prefix))),
  );
}
