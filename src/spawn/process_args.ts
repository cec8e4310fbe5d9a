/**
 * The arguments of this process, Deno's own among them. Deno does not expose them to a program, so
 * they are read from the system.
 */
import { grantOf } from "./permission_flags.ts";
import { PERMISSION_KINDS } from "./inherited_flags.ts";
import { parseCmdline, READ_CMDLINE_SCRIPT } from "./parse_cmdline.ts";

/** Returns the arguments, the program first; undefined where they cannot be read. */
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
  // Deno permits a program to read `/proc/self` only with all permissions.
  if (Deno.build.os === "linux" && hasAllowAll()) {
    return Deno.readTextFileSync("/proc/self/cmdline");
  }
  const { stdout } = new Deno.Command("/bin/sh", { args: ["-c", READ_CMDLINE_SCRIPT] })
    .outputSync();
  return new TextDecoder().decode(stdout);
}

/** Whether all permissions are granted. */
export function hasAllowAll(): boolean {
  return PERMISSION_KINDS.every((kind) => grantOf(kind) === "all");
}
