/** The interfaces between output capture and its users. */
import type { OutputChannel } from "../../events/run_event.ts";
import type { LogLevel } from "../../task/context.ts";

/** Receives output. */
export interface LineSink {
  /** Receives one or more lines. */
  output(channel: OutputChannel, level: LogLevel, text: string): void;
  /** Reports that a child process of the printing code has failed or was killed. */
  childFailed?(): void;
}

/** Returns the sink of the running code; undefined if its output is dropped. */
export type CurrentSink = () => LineSink | undefined;

/** An active capture of output. Disposing of it restores the original streams. */
export interface OutputCapture extends Disposable {
  /** Emits an incomplete line. */
  flush(): void;
  /** Resolves when leaked timers that are due at once have fired. */
  timersFired(): Promise<void>;
}

/** Captures the output of this thread for the sink that is current. */
export type CaptureOutput = (current: CurrentSink) => OutputCapture;
