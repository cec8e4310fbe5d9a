/** Worker threads for tests. */
import { bounded } from "./bounded.ts";

/** A thread that answers each message with one. */
export class TestThread implements Disposable {
  readonly worker: Worker;

  /** @param url The worker's module. */
  constructor(url: URL) {
    this.worker = new Worker(url, { type: "module" });
  }

  /** Sends a message and waits for the next answer. */
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

/** Shared words, all 0. */
export function sharedWords(length: number): Int32Array<SharedArrayBuffer> {
  return new Int32Array(new SharedArrayBuffer(length * Int32Array.BYTES_PER_ELEMENT));
}
