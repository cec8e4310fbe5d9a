/**
 * The arguments this process was started with, Deno's own among them. Deno does not tell a program, so
 * the system is asked.
 */
import { grantOf } from "./permission_flags.ts";
import { PERMISSION_KINDS } from "./inherited_flags.ts";
import { parseCmdline, READ_CMDLINE_SCRIPT } from "./parse_cmdline.ts";

/** The arguments, the program first; undefined where they cannot be known. */
export function processArgs(): string[] | undefined {
  if (Deno.build.os === "windows") return undefined;
  try {
    const args = parseCmdline(read());
    return args.length > 1 ? args : undefined;
  } catch {
    return undefined;
  }
}

function read(): string {
  // Deno lets a program read about itself there if it may do everything.
  if (Deno.build.os === "linux" && hasAllowAll()) {
    return Deno.readTextFileSync("/proc/self/cmdline");
  }
  const { stdout } = new Deno.Command("/bin/sh", { args: ["-c", READ_CMDLINE_SCRIPT] })
    .outputSync();
  return new TextDecoder().decode(stdout);
}

/** Whether everything is permitted. */
export function hasAllowAll(): boolean {
  return PERMISSION_KINDS.every((kind) => grantOf(kind) === "all");
}
