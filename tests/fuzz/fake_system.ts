import type { System } from "../../src/cli/system/system.ts";

/** The output of the command. */
export interface CommandOutput {
  readonly err: string;
  readonly out: string;
}

/** A System that collects output in memory and writes nothing. */
export class FakeSystem implements System {
  readonly folder: string;
  readonly isColored = false;
  readonly isOutColored = false;
  readonly isOutTerminal = false;
  readonly terminal = undefined;
  readonly #files: ReadonlyMap<string, string>;
  #err = "";
  #out = "";

  /** @param files Contents of files that do not exist on disk, by path as typed. */
  constructor(folder: string, files: ReadonlyMap<string, string> = new Map()) {
    this.folder = folder;
    this.#files = files;
  }

  /** The output so far. */
  get output(): CommandOutput {
    return { err: this.#err, out: this.#out };
  }

  readonly err = (line: string): void => this.errText(`${line}\n`);
  readonly out = (line: string): void => this.outText(`${line}\n`);
  readonly errText = (text: string): void => void (this.#err += text);
  readonly outText = (text: string): void => void (this.#out += text);
  readonly redirectOutput = (): void => {};
  readonly now = (): Date => new Date(0);
  readonly env = (): undefined => undefined;
  readonly onSignal = () => () => {};
  readonly onFirstSignal = () => ({
    poll: () => {},
    drain: () => Promise.resolve(),
    end: () => Promise.resolve(),
  });
  readonly startSignalThread = () => ({
    listening: Promise.resolve(),
    end: () => Promise.resolve(),
    drain: () => Promise.resolve(),
    poll: () => {},
    stop: () => {},
  });
  readonly onSuspend = () => () => {};
  readonly onExit = () => () => {};
  readonly onIdle = () => () => {};
  readonly readTextFile = (path: string | URL): string =>
    this.#files.get(String(path)) ?? Deno.readTextFileSync(path);
  readonly openFile = () => ({ write: () => {}, close: () => {} });
}
