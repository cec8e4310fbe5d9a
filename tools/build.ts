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

/**
 * Chunks of modules that are loaded together. A module of several chunks belongs to the first.
 * Modules that need packages have chunks of their own, since packages may be unavailable offline.
 */
const CHUNKS = {
  /** The command, until it starts a worker. */
  start: ["cli"],
  /** The modules of every thread that runs tasks, and of every program with a scheduler. */
  library: ["mod", "workers/task_worker"],
  /** The modules that a scheduler loads at its start, as does the command. */
  run: ["src/scheduler/run_scheduler"],
  /** The other modules of the command that every run needs. */
  command: ["src/cli/main"],
};
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
  await using bundle = await rolldown({
    input: Object.fromEntries(names.map((name) => [name, source(name)])),
    external: [/^node:/, ...packages],
    platform: "neutral",
    plugins: [texts, offlineOf(entries)],
    preserveEntrySignatures: "strict",
    checks: { ineffectiveDynamicImport: false },
  });
  const groups = Object.entries(CHUNKS).reverse().map(([debugName, roots], priority) => ({
    debugName,
    priority,
    name: (id: string, context: ChunkingContext) => {
      if (entries.has(id) || !roots.some((it) => loadedBy(source(it), context).has(id))) {
        return null;
      }
      const own = packages.filter((it) => loadedBy(id, context).has(it));
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

/** The static imports of a module, transitively, including itself. */
function loadedBy(id: string, context: ChunkingContext): Set<string> {
  return reachable(id, (it) => context.getModuleInfo(it)?.importedIds ?? []);
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
