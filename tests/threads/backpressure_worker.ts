/** A thread for backpressure_test.ts: it sends numbers as fast as it can. */
import { Backpressure, weightOf } from "../../src/lane/backpressure.ts";
import type { LaneMessage } from "../../src/lane/lane_message.ts";

/** The message that starts the thread. */
export interface Flood {
  readonly words: Int32Array;
  readonly count: number;
  /** A message whose weight each number counts with. */
  readonly line?: LaneMessage;
}

const scope = globalThis as unknown as {
  onmessage: (event: MessageEvent<Flood>) => void;
  postMessage(message: number): void;
};

scope.onmessage = ({ data: { words, count, line } }) => {
  const backpressure = new Backpressure(words);
  for (let i = 1; i <= count; i++) {
    scope.postMessage(i);
    backpressure.sent(line && weightOf(line));
  }
};
