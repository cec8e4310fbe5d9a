/** The state on its way to a process and back: two files in a folder of their own. */
import type { JsonObject } from "../../gui/protocol.ts";
import type { StateFiles } from "./run_args.ts";

/** See the head of this file. */
export class StateFolder implements StateFiles {
  readonly before: string;
  readonly after: string;

  private constructor(readonly folder: string) {
    this.before = `${folder}/before.json`;
    this.after = `${folder}/after.json`;
  }

  /** Makes the folder, which nobody else may read, and writes the state a process begins with. */
  static async create(state: JsonObject): Promise<StateFolder> {
    const made = new StateFolder(await Deno.makeTempDir({ prefix: "tdrun-ui-" }));
    await Deno.writeTextFile(made.before, JSON.stringify(state));
    return made;
  }

  /** The state the process has left; null where it came to none. */
  async result(): Promise<JsonObject | null> {
    try {
      return JSON.parse(await Deno.readTextFile(this.after));
    } catch {
      return null; // it ended before it wrote it, or while it did
    }
  }

  /** Removes the folder. */
  async remove(): Promise<void> {
    await Deno.remove(this.folder, { recursive: true });
  }
}
