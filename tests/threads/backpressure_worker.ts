/** A thread for backlog_test.ts: it says numbers as fast as it can. */
import { Backpressure, weightOf } from "../../src/lane/backpressure.ts";
import type { LaneMessage } from "../../src/lane/lane_message.ts";

/** What it is to do. */
export interface Flood {
  readonly words: Int32Array;
  readonly count: number;
  /** A line that it says of each. */
  readonly line?: LaneMessage;
}

const scope = globalThis as unknown as {
  onmessage: (event: MessageEvent<Flood>) => void;
  postMessage(message: number): void;
};

scope.onmessage = ({ data: { words, count, line } }) => {
  const backlog = new Backpressure(words);
  for (let i = 1; i <= count; i++) {
    scope.postMessage(i);
    backlog.sent(line && weightOf(line));
  }
};
