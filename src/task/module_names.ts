/**
 * The names within the modules of a project. A module names its own tasks without its prefix, as it
 * does on its own: `after: ["load"]` in `users.ts` means `users::load`. Names with a prefix are
 * those of other modules. A task that several modules export is one task, with the name in the
 * first of them.
 */
import { matchesGlob } from "../base/glob.ts";

/** A marked function of a project. */
export interface ProjectTask {
  /** Its name: `users::check`. */
  readonly name: string;
  /** All its names, one or more for each module that exports it. */
  readonly aliases: readonly string[];
  /** The names of its tasks: its own, or those of its cases. */
  readonly tasks: readonly string[];
}

/** Resolves the names that tasks of a project use. */
export class ModuleNames {
  readonly #prefixes: readonly string[];
  readonly #tasks: readonly ProjectTask[];
  /** The name of each task by all its names, and by those without cases. */
  readonly #names = new Map<string, string>();

  /** @param prefixes The prefixes of the modules: `users::`. */
  constructor(prefixes: readonly string[], tasks: readonly ProjectTask[]) {
    this.#prefixes = prefixes;
    this.#tasks = tasks;
    for (const task of tasks) {
      for (const alias of task.aliases) {
        this.#names.set(alias, task.name);
        for (const it of task.tasks) this.#names.set(alias + it.slice(task.name.length), it);
      }
    }
  }

  /** The name that a task means by a name: of its own module, else of all. */
  nameFor(name: string, task: string): string {
    const own = this.#prefixOf(task) + name;
    return this.#names.get(own) ?? this.#names.get(name) ?? own;
  }

  /**
   * The tasks that a glob of a task matches: those of its own module, by their names there; and if
   * the glob has a prefix, those of other modules.
   */
  matching(glob: string, task: string): (readonly [key: string, name: string])[] {
    const prefix = this.#prefixOf(task);
    const found = new Map<string, string>();
    for (const { name, aliases, tasks } of this.#tasks) {
      if (name === task) continue;
      for (const alias of aliases) {
        const isOwn = alias.startsWith(prefix);
        if (!isOwn && !glob.includes("::")) continue;
        for (const it of tasks) {
          const full = alias + it.slice(name.length);
          const key = isOwn && !glob.includes("::") ? full.slice(prefix.length) : full;
          if (matchesGlob(glob, key)) found.set(key, it);
        }
      }
    }
    return [...found];
  }

  #prefixOf(task: string): string {
    return this.#prefixes.find((prefix) => task.startsWith(prefix)) ?? "";
  }
}
