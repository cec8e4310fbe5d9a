/** The cache of a run, as its threads receive it. Plain data. */
import type { CachePolicy } from "../task/cache_options.ts";

/** An input of a task: its name, as `--why` prints it, and a hash of its value. */
export type Input = readonly [name: string, digest: string];

/** The part of a task's key that is known before the run. */
export interface TaskCacheRule {
  /** The URL of its module, a key of {@linkcode CacheRules.modules}. Entries belong to both. */
  readonly module: string;
  readonly policy: CachePolicy;
  /** Names of its dependencies, whose results are inputs. */
  readonly after: readonly string[];
  /** Its dependencies, and the tasks with cases all of which are dependencies. */
  readonly readable: readonly string[];
  /** Whether its case has a value that cannot be compared between runs. */
  readonly isUnknown?: true;
  /** The dependencies' names, and the case if the task is one. */
  readonly inputs: readonly Input[];
  /** Globs of outputs of its cached dependencies, which are inputs. */
  readonly outputsBefore: readonly string[];
}

/** A module graph. */
export interface ModuleInputs {
  /** Inputs of the tasks of the module: its local files, packages and configurations. */
  readonly inputs: readonly Input[];
  /** Hashes of its local files by absolute path: they are among `inputs`. */
  readonly files: Readonly<Record<string, string>>;
}

/** The cache of a run. */
export interface CacheRules {
  /** Absolute path of the folder of the cache. */
  readonly folder: string;
  /** Absolute path of the folder to which globs are relative. */
  readonly root: string;
  /** The key of keyed hashes, in hexadecimal digits. */
  readonly secret: string;
  /** Inputs that all tasks have. */
  readonly inputs: readonly Input[];
  /** The modules with cached tasks, by URL. */
  readonly modules: Readonly<Record<string, ModuleInputs>>;
  /** Whether the inputs that differ from the closest entry are reported. */
  readonly explains: boolean;
  /** The cached tasks by name. */
  readonly tasks: Readonly<Record<string, TaskCacheRule>>;
}
