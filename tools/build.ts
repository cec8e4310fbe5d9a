/** Bundles the sources into JavaScript: one file for each entry point, and shared chunks. */
import { join } from "node:path";
import {
  type ChunkingContext,
  type OutputAsset,
  type Plugin,
  type RenderedChunk,
  rolldown,
} from "rolldown";
import { urlToPath } from "../src/runtime/file_url.ts";

const ROOT = urlToPath(new URL("../", import.meta.url));
const source = (name: string) => join(ROOT, `${name}.ts`);

const COMMAND = "src/cli/main";

/**
 * Chunks of modules that are loaded together. A module of several chunks belongs to the first.
 * Modules that need packages have chunks of their own, since packages may be unavailable offline.
 */
const CHUNKS = {
  /** The modules that `start` shares with chunks that programs and threads load. */
  base: [] as string[],
  /** The command, until it starts a worker; and the hint for when a package is missing. */
  start: ["cli", "src/cli/respawn/missing_module_hint"],
  /** The modules of every thread that runs tasks, and of every program with a scheduler. */
  library: ["mod", "workers/task_worker"],
  /** The modules that a scheduler loads at its start, as does the command. */
  run: ["src/scheduler/run_scheduler"],
  /** The modules of options of a scheduler. */
  scheduler: [
    "src/process/assert_process_isolation_supported",
    "src/report/text/logging_reporters",
    "src/spawn/kill_descendants",
    "src/thread/check_exports",
  ],
  /** The other modules of the command that every run needs. */
  command: [COMMAND],
  /** Tasks in processes, and the files of a module on other machines. */
  processes: ["src/pool/process_pool", "src/engine/manifest", "src/spawn/process_args"],
  /** The cache in each thread, which must not load the command. */
  cache: ["src/thread/cached_call"],
  /** The start of another process for a project, before anything else of the command runs. */
  respawn: ["src/cli/respawn/respawn"],
  /** The output of a run that does not pass, and of one that is stopped. */
  failures: [
    "src/report/text/recap",
    "src/cli/system/source_lines",
    "src/report/text/durations",
    "src/cli/output/print_excerpt",
    "src/cli/output/print_stopped_run",
    "src/cli/run/hook_failure",
    "src/cli/run/report_rejected_run",
  ],
  /** The modules of options of a run. */
  options: [
    "src/cli/inspect/list_json",
    "src/cli/inspect/print_action",
    "src/cli/output/open_log_files",
    "src/cli/run/assert_no_overwrite",
    "src/cli/run/check_in_worker",
    "src/cli/run/flake_rates",
    "src/cli/run/hash_module",
    "src/cli/run/last_results",
    "src/cli/run/load_engine",
    "src/cli/run/prepare_cache",
    "src/cli/run/last_durations",
    "src/cli/run/reject_shared_outputs",
    "src/cli/run/reuse_results",
    "src/cli/run/select_changed",
    "src/cli/run/state_file",
    "src/cli/run/state_out",
    "src/cli/run/take_shard",
    "src/cli/settings/load_settings",
    "src/cli/watch/next_round",
    "src/cli/watch/reuse_held",
    "src/cli/watch/reuse_unaffected",
  ],
  /** The reporters but those of the default output and of the page. */
  reports: [
    "src/report/formats/github_reporter",
    "src/report/formats/json_reporter",
    "src/report/formats/junit_reporter",
    "src/report/formats/tap_reporter",
    "src/report/formats/trace_reporter",
    "src/report/text/buffer_output",
    "src/report/text/dot_reporter",
  ],
  /** The watch, whose comparison of files needs node:crypto. */
  watch: ["src/cli/watch/read_keys", "src/cli/watch/watch_command"],
  /** The commands other than a run, and the help. */
  commands: [
    "src/cli/cache/cache_command",
    "src/cli/help/completion_script",
    "src/cli/help/help_layout",
    "src/cli/help/help_text",
    "src/cli/merge/merge_command",
    "src/cli/settings/format_settings",
    "src/cli/worker/worker_command",
  ],
};
/** The chunks that do not load `start`, whose imports on demand are the whole command. */
const SHARING = ["library", "run", "scheduler", "processes"] as const;
/**
 * The chunks that a program loads on demand. They do not have chunks of their own for modules that
 * need packages which the command loads anyway: Deno reads the files of all chunks at the start of
 * a program, also those of dynamic imports, at some 0.1 ms each.
 */
const LATE_CHUNKS = ["scheduler", "command", "failures", "options", "reports", "commands"];
/** The folder of the chunks, as deep as those of src: src/runtime/package.ts finds the root. */
export const BUILT = "src/built";

/**
 * Builds the JavaScript of the package.
 *
 * @param folder The output folder.
 * @param names The entry points, as paths without extensions.
 * @param imports The import map, whose names stay external.
 */
export async function buildInto(
  folder: string,
  names: readonly string[],
  imports: Readonly<Record<string, string>>,
): Promise<void> {
  const entries = new Set(names.map(source));
  const packages = Object.keys(imports);
  const loadedBy = staticImports();
  await Promise.all(Object.values(CHUNKS).flat().map((root) => Deno.stat(source(root))));
  await using bundle = await rolldown({
    input: Object.fromEntries(names.map((name) => [name, source(name)])),
    external: [/^node:/, ...packages],
    platform: "neutral",
    plugins: [texts, offlineOf(entries)],
    preserveEntrySignatures: "strict",
    checks: { ineffectiveDynamicImport: false },
  });
  const groups = (Object.keys(CHUNKS) as (keyof typeof CHUNKS)[]).reverse().map((
    debugName,
    priority,
  ) => ({
    debugName,
    priority,
    name: (id: string, context: ChunkingContext) => {
      const isIn = (chunk: keyof typeof CHUNKS) =>
        CHUNKS[chunk].some((root) => loadedBy(source(root), context).has(id));
      const isOwn = debugName === "base" ? isIn("start") && SHARING.some(isIn) : isIn(debugName);
      if (!isOwn || entries.has(id)) return null;
      const isLate = LATE_CHUNKS.includes(debugName);
      const isExpected = (it: string) => isLate && loadedBy(source(COMMAND), context).has(it);
      const own = packages.filter((it) => loadedBy(id, context).has(it) && !isExpected(it));
      return [debugName, ...own.map((it) => it.replace(/^.*\//, ""))].join("_");
    },
  }));
  const { output } = await bundle.write({
    dir: folder,
    entryFileNames: "[name].js",
    chunkFileNames: `${BUILT}/[name]-[hash].js`,
    comments: false,
    codeSplitting: { groups },
    postBanner: (chunk) => typesComment(chunk) ?? "",
  });
  for (const { fileName } of output.filter(hasNoExports)) {
    await Deno.writeTextFile(join(folder, fileName.replace(/js$/, "d.ts")), "export {};\n");
  }
}

/**
 * The comment that names the types of a file. Entry points at the root have those of the source.
 */
function typesComment(chunk: RenderedChunk): string | undefined {
  if (!chunk.isEntry) return undefined;
  const [file = ""] = chunk.name.split("/").slice(-1);
  if (hasNoExports(chunk)) return `/* @ts-self-types="./${file}.d.ts" */`;
  return file === chunk.name ? `/* @ts-self-types="./${file}.ts" */` : undefined;
}

/** Whether an entry point has no exports: without a types comment it would count as untyped. */
function hasNoExports(chunk: RenderedChunk | OutputAsset): boolean {
  return "isEntry" in chunk && chunk.isEntry && chunk.exports.length === 0;
}

/** Returns a function that returns the static imports of a module, transitively, and itself. */
function staticImports(): (id: string, context: ChunkingContext) => ReadonlySet<string> {
  const known = new Map<string, Set<string>>();
  return (id, context) =>
    known.getOrInsertComputed(
      id,
      () => reachable(id, (it) => context.getModuleInfo(it)?.importedIds ?? []),
    );
}

function reachable(from: string, next: (id: string) => readonly string[]): Set<string> {
  const found = new Set([from]);
  for (const id of found) for (const it of next(id)) found.add(it);
  return found;
}

/** Loads all files that are not sources as text. */
const texts: Plugin = {
  name: "texts",
  load(id) {
    if (id.endsWith(".ts")) return null;
    return {
      code: `export default ${JSON.stringify(Deno.readTextFileSync(id))}`,
      moduleType: "js",
    };
  },
};

/** Redirects the imports of offline.ts to the built files. */
function offlineOf(entries: ReadonlySet<string>): Plugin {
  return {
    name: "offline",
    resolveId(specifier, importer) {
      const isEntry = importer === source("offline") && entries.has(join(ROOT, specifier));
      return isEntry ? { id: specifier.replace(/\.ts$/, ".js"), external: true } : null;
    },
  };
}
