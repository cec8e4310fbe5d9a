/**
 * Writes the output of a bench into a page of docs/, between two comments with the name of the
 * bench.
 */
import { urlToPath } from "../../../src/runtime/file_url.ts";

const DOCS = new URL("../../../docs/", import.meta.url);

/** Replaces the text between the comments of a name. */
export async function writeDocument(
  name: string,
  text: string,
  page = "performance.md",
): Promise<void> {
  const url = new URL(page, DOCS);
  const whole = Deno.readTextFileSync(url);
  const [begin, end] = [`<!-- ${name} -->\n`, `\n<!-- /${name} -->`];
  const from = whole.indexOf(begin);
  const to = whole.indexOf(end);
  if (from < 0 || to < from) throw new Error(`docs/${page} has no place for "${name}"`);
  Deno.writeTextFileSync(
    url,
    `${whole.slice(0, from + begin.length)}\n${text}\n${whole.slice(to)}`,
  );
  await new Deno.Command(Deno.execPath(), { args: ["fmt", "-q", urlToPath(url)] }).output();
}

/** The date and the machine of the measurement. */
export function circumstances(): string {
  const model = /model name\s*:\s*(.*)/.exec(Deno.readTextFileSync("/proc/cpuinfo"))?.[1];
  const cores = navigator.hardwareConcurrency;
  const date = new Date().toISOString().slice(0, 10);
  return `Measured on ${date}: Deno ${Deno.version.deno}, ${cores} cores (${model}), Linux ${Deno.osRelease()}.`;
}
