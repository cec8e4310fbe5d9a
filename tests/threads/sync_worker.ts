/** A thread for the tests of src/sync: executes commands and replies. */
import { holdLivenessLock } from "../../src/sync/liveness_lock.ts";
import { Mutex } from "../../src/sync/mutex.ts";
import { waitAsyncWhile, waitWhile, wake } from "../../src/sync/wait.ts";

/** A command for the thread. */
export type SyncCommand =
  | { readonly do: "increment"; words: Int32Array; readonly owner: number; readonly times: number }
  | { readonly do: "wait"; readonly words: Int32Array; readonly index: number }
  | { readonly do: "wait async"; readonly words: Int32Array; readonly index: number }
  | { readonly do: "live"; readonly name: string }
  | { readonly do: "exit" | "close" };

const scope = globalThis as unknown as {
  onmessage: (event: MessageEvent<SyncCommand>) => void;
  postMessage(answer: string): void;
  close(): void;
};

scope.onmessage = async ({ data }) => {
  switch (data.do) {
    case "increment":
      increment(data.words, data.owner, data.times);
      return scope.postMessage("done");
    case "wait":
      announce(data.words, data.index + 1);
      waitWhile(data.words, data.index, 0);
      return scope.postMessage("woken");
    case "wait async":
      announce(data.words, data.index + 1);
      await waitAsyncWhile(data.words, data.index, 0);
      return scope.postMessage("woken");
    case "live":
      return holdLivenessLock(data.name, () => scope.postMessage("alive"));
    case "exit":
      return Deno.exit(0);
    case "close":
      return scope.close();
  }
};

/** Announces that the thread is about to wait. */
function announce(words: Int32Array, index: number): void {
  Atomics.store(words, index, 1);
  wake(words, index);
}

/** Word 0 is the lock, word 1 the counter; the counter is read and written without atomics. */
function increment(words: Int32Array, owner: number, times: number): void {
  const mutex = new Mutex(words, 0, owner);
  for (let i = 0; i < times; i++) {
    mutex.acquire();
    const before = words[1]!;
    // Now and then a thread holds the lock for long, so that the others stop spinning and sleep.
    if (i % 64 === 0) { for (let j = 0; j < 2000; j++) Atomics.pause(); }
    words[1] = before + 1;
    mutex.release();
  }
}
