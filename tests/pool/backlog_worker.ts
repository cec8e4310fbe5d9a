/** A thread for backlog_test.ts: it says numbers as fast as it can. */
import { Backlog } from "../../src/pool/backlog.ts";

/** What it is to do. */
export interface Flood {
  readonly words: Int32Array;
  readonly count: number;
}

const scope = globalThis as unknown as {
  onmessage: (event: MessageEvent<Flood>) => void;
  postMessage(message: number): void;
};

scope.onmessage = ({ data: { words, count } }) => {
  const backlog = new Backlog(words);
  for (let i = 1; i <= count; i++) {
    scope.postMessage(i);
    backlog.sent();
  }
};
