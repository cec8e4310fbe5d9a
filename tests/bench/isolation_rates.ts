/** The speed of state access in the thread or process of this task. */
import { mark, type State } from "../../mod.ts";

/** Microseconds per access, by kind. */
export const measure = mark((state: State) => {
  const time = (count: number, access: () => unknown): number => {
    for (let i = 0; i < count / 10; i++) access();
    const begin = performance.now();
    for (let i = 0; i < count; i++) access();
    return (performance.now() - begin) * 1000 / count;
  };
  return {
    "state.n": time(200_000, () => state.n),
    "state.a.b": time(200_000, () => state.a.b),
    "state.n = 1": time(10_000, () => state.n = 1),
    "state.list.push({})": time(10_000, () => state.list.push({})),
    "state.list.length": time(200_000, () => state.list.length),
    "using lock = acquire()": time(10_000, () => {
      using _lock = state._state_lock.acquire();
    }),
    "state.update(n + 1)": time(5_000, () => state.update("n", (n) => n + 1)),
  };
});
