/** Files for data that is too long for a pipe, whose reader may be busy. */
import { plainJson } from "./plain_json.ts";
import type { CodeSource } from "../lane/run_spec.ts";
import type { ProcessRunSpec } from "./ipc_protocol.ts";

/** Writes the spec of a run, for all processes. Returns its path. */
export function writeRunSpec(folder: string, spec: ProcessRunSpec): string {
  const { code, names, rules } = spec;
  const content: ProcessRunSpec = {
    names,
    rules,
    // A process may not be permitted to read the file: the pool checks its version.
    code: code.kind === "module" ? { ...code, version: undefined } : code,
  };
  const path = `${folder}/run.${crypto.randomUUID()}.json`;
  Deno.writeTextFileSync(path, plainJson(content), { mode: 0o600 });
  return path;
}

/** Writes the summary of a start, with any values of the state. Returns its path. */
export function writeStartSummary(folder: string, summary: unknown): string {
  const { serialize } = process.getBuiltinModule("node:v8");
  const path = `${folder}/start-summary.${crypto.randomUUID()}`;
  Deno.writeFileSync(path, serialize(summary), { mode: 0o600 });
  return path;
}

/** Returns the modules that processes will be asked to import. */
export function modulesOf(code: CodeSource): readonly string[] {
  switch (code.kind) {
    case "module":
      return [code.url];
    case "scheduler":
      return code.modules;
  }
}
