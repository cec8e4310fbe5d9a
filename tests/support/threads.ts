/** Worker threads for tests. */
import { bounded } from "./bounded.ts";

/** A thread that responds to each message with one message. */
export class TestThread implements Disposable {
  readonly worker: Worker;

  /** @param url The module of the worker. */
  constructor(url: URL) {
    this.worker = new Worker(url, { type: "module" });
  }

  /** Sends a message and waits for the response. */
  ask<Answer>(message: unknown): Promise<Answer> {
    const answer = new Promise<Answer>((resolve, reject) => {
      this.worker.onmessage = (event: MessageEvent<Answer>) => resolve(event.data);
      this.worker.onerror = (event) => {
        event.preventDefault();
        reject(new Error(event.message));
      };
    });
    this.worker.postMessage(message);
    return bounded(answer, "a thread's answer");
  }

  [Symbol.dispose](): void {
    this.worker.terminate();
  }
}

/** Creates shared 32-bit words, all 0. */
export function sharedWords(length: number): Int32Array<SharedArrayBuffer> {
  return new Int32Array(new SharedArrayBuffer(length * Int32Array.BYTES_PER_ELEMENT));
}
