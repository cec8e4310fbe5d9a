/** What is printed in a thread, as the pool sees it. */
import type { OutputChannel } from "../../events/run_event.ts";
import type { LogLevel } from "../../task/context.ts";

/** Takes output, of one line or more. */
export interface LineSink {
  /** Takes it. */
  output(channel: OutputChannel, level: LogLevel, text: string): void;
  /** A child process of the code that prints has ended with an error, or by a signal. */
  childFailed?(): void;
}

/** Returns the sink of the code that is running; undefined where its output is dropped. */
export type CurrentSink = () => LineSink | undefined;

/** Printing that goes to a sink. Disposed of, it goes where it went before. */
export interface OutputCapture extends Disposable {
  /** Passes on what was printed without a line break. */
  flush(): void;
  /** Resolves when timers that were left behind, and would fire at once, have fired. */
  timersFired(): Promise<void>;
}

/** Has what is printed in this thread go to the sink that is current. */
export type CaptureOutput = (current: CurrentSink) => OutputCapture;
