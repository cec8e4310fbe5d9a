/** Makes JavaScript of the sources: for each file that something begins with one, and what they share. */
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
 * What is loaded together is one file. What comes with several of these is in that of the first; what needs
 * packages is in a file of its own, since they may not be to be had.
 */
const TOGETHER = {
  /** The command, up to where it starts a worker. */
  start: ["cli"],
  /** What every thread that runs tasks loads, and every program with a scheduler. */
  library: ["mod", "workers/task_worker"],
  /** What a scheduler loads when it starts, and the command with it. */
  run: ["src/scheduler/run_scheduler"],
  /** The rest of the command, as far as every run needs it. */
  command: ["src/cli/main"],
};
/** As deep as the files of src are: src/runtime/package.ts finds the root from there. */
export const BUILT = "src/built";

/**
 * Builds.
 *
 * @param folder Where the files are to be.
 * @param names What is begun with, as paths without their ends.
 * @param imports The import map: its names stay as they are.
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
  const groups = Object.entries(TOGETHER).reverse().map(([debugName, roots], priority) => ({
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
    postBanner: (chunk) => typesOf(chunk) ?? "",
  });
  for (const { fileName } of output.filter(hasNothing)) {
    await Deno.writeTextFile(join(folder, fileName.replace(/js$/, "d.ts")), "export {};\n");
  }
}

/** Says where the types of a file are. What programs import lies at the top, and has those of its source. */
function typesOf(chunk: RenderedChunk): string | undefined {
  if (!chunk.isEntry) return undefined;
  const [file = ""] = chunk.name.split("/").slice(-1);
  if (hasNothing(chunk)) return `/* @ts-self-types="./${file}.d.ts" */`;
  return file === chunk.name ? `/* @ts-self-types="./${file}.ts" */` : undefined;
}

/** Whether nothing can be imported from what is begun with. Without types it would count as untyped. */
function hasNothing(chunk: RenderedChunk | OutputAsset): boolean {
  return "isEntry" in chunk && chunk.isEntry && chunk.exports.length === 0;
}

/** Modules that come with one, itself among them; not those that it imports when it needs them. */
function loadedBy(id: string, context: ChunkingContext): Set<string> {
  return reached(id, (it) => context.getModuleInfo(it)?.importedIds ?? []);
}

function reached(from: string, next: (id: string) => readonly string[]): Set<string> {
  const found = new Set([from]);
  for (const id of found) for (const it of next(id)) found.add(it);
  return found;
}

/** Files that are imported as text: all that are no sources. */
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

/** What imports all for a machine without a network imports what has been built. */
function offlineOf(entries: ReadonlySet<string>): Plugin {
  return {
    name: "offline",
    resolveId(specifier, importer) {
      const isEntry = importer === source("offline") && entries.has(join(ROOT, specifier));
      return isEntry ? { id: specifier.replace(/\.ts$/, ".js"), external: true } : null;
    },
  };
}
