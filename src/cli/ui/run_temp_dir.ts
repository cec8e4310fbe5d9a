/** Temporary input and output files of one `tdrun` process. */
import type { JsonObject } from "../../gui/ui_protocol.ts";
import type { RunFiles } from "./run_args.ts";

/** The inputs of a process. */
export interface RunInputs {
  readonly state: JsonObject;
  /** Mocked results by task. They are passed in files, since the size of arguments is limited. */
  readonly mocks?: JsonObject;
}

/** A temporary folder with the files of one process, readable by the current user only. */
export class RunTempDir implements RunFiles {
  readonly initialState: string;
  readonly finalState: string;
  readonly events: string;
  /** The messages of a round of a watch. */
  readonly roundMessages: string;

  private constructor(readonly folder: string) {
    this.initialState = `${folder}/before.json`;
    this.finalState = `${folder}/after.json`;
    this.events = `${folder}/events.ndjson`;
    this.roundMessages = `${folder}/round.ndjson`;
  }

  /** Creates the folder and writes the inputs. */
  static create({ state, mocks = {} }: RunInputs): RunTempDir {
    const directory = new RunTempDir(Deno.makeTempDirSync({ prefix: "tdrun-ui-" }));
    try {
      Deno.writeTextFileSync(directory.initialState, JSON.stringify(state));
      Deno.writeTextFileSync(directory.events, "");
      for (const [index, result] of Object.values(mocks).entries()) {
        Deno.writeTextFileSync(directory.mock(index), JSON.stringify(result));
      }
      return directory;
    } catch (error) {
      directory.remove(); // the disk is full, for example
      throw error;
    }
  }

  /** The path of the mocked result at an index. */
  mock(index: number): string {
    return `${this.folder}/result-${index}.json`;
  }

  /** Reads the final state; null if the process wrote none. */
  async result(): Promise<JsonObject | null> {
    try {
      return JSON.parse(await Deno.readTextFile(this.finalState));
    } catch {
      return null; // the process ended before or while writing
    }
  }

  /** Removes the folder. */
  remove(): void {
    try {
      Deno.removeSync(this.folder, { recursive: true });
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error; // else already removed
    }
  }
}
