/** What a process is given, and leaves: files in a folder of their own, which nobody else may read. */
import type { JsonObject } from "../../gui/ui_protocol.ts";
import type { RunFiles } from "./run_args.ts";

/** What is given. */
export interface RunInputs {
  readonly state: JsonObject;
  /** Results that are taken as they are, by task. They may be larger than an argument may be. */
  readonly mocks?: JsonObject;
}

/** See the head of this file. */
export class RunTempDir implements RunFiles {
  readonly initialState: string;
  readonly finalState: string;
  readonly events: string;

  private constructor(readonly folder: string) {
    this.initialState = `${folder}/before.json`;
    this.finalState = `${folder}/after.json`;
    this.events = `${folder}/events.ndjson`;
  }

  /** Makes the folder, and writes what the process begins with. */
  static async create({ state, mocks = {} }: RunInputs): Promise<RunTempDir> {
    const directory = new RunTempDir(await Deno.makeTempDir({ prefix: "tdrun-ui-" }));
    try {
      await Deno.writeTextFile(directory.initialState, JSON.stringify(state));
      await Deno.writeTextFile(directory.events, "");
      for (const [index, result] of Object.values(mocks).entries()) {
        await Deno.writeTextFile(directory.mock(index), JSON.stringify(result));
      }
      return directory;
    } catch (error) {
      await directory.remove(); // there is no room for all of them
      throw error;
    }
  }

  /** Where a result is, by its place among them. */
  mock(index: number): string {
    return `${this.folder}/result-${index}.json`;
  }

  /** The state the process has left; null where it came to none. */
  async result(): Promise<JsonObject | null> {
    try {
      return JSON.parse(await Deno.readTextFile(this.finalState));
    } catch {
      return null; // it ended before it wrote it, or while it did
    }
  }

  /** Removes the folder. */
  async remove(): Promise<void> {
    try {
      await Deno.remove(this.folder, { recursive: true });
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error; // else somebody has tidied up before
    }
  }
}
