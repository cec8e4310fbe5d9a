// deno-lint-ignore-file no-console -- the example prints its result
/**
 * An embedded scheduler with static methods as tasks: `@s.dregister()` registers a method under its
 * name. One task fails on purpose. A Scheduler runs dependents of failed tasks unless it is created
 * with `skipDependents`.
 *
 *     deno run -A examples/scheduler/decorators.ts
 */
import { logger, Scheduler, type State } from "@thread-order/cli";

const s = new Scheduler({ workers: 3, setupLogging: true, addFileHandler: false });

/** Registered at the top level: each worker imports this module to find its tasks. */
export class Tests {
  @s.dregister({ withState: true })
  static test_a(state: State): Promise<number> {
    state.seen = ["test_a"];
    return Tests.work();
  }

  @s.dregister({ withState: true, after: ["test_a"] })
  static test_b(state: State): Promise<number> {
    state.seen.push("test_b");
    return Tests.work();
  }

  @s.dregister({ withState: true, after: ["test_a"] })
  static test_c(state: State): Promise<number> {
    state.seen.push("test_c");
    return Tests.work();
  }

  @s.dregister({ after: ["test_c"] })
  static async test_d(): Promise<void> {
    await Tests.work();
    throw new Error("Intentional failure");
  }

  /** A task without the state receives only its context. */
  @s.dregister({ after: ["test_c"] })
  static test_e(): Promise<number> {
    return Tests.work();
  }

  @s.dregister({ withState: true, after: ["test_b", "test_d"] })
  static test_f(state: State): string[] {
    logger.info(`test_f sees ${state.seen.length} others`);
    return state.seen;
  }

  private static async work(): Promise<number> {
    const pause = 20 + Math.random() * 80;
    await new Promise((resolve) => setTimeout(resolve, pause));
    return Math.round(pause);
  }
}

if (import.meta.main) {
  s.onSchedulerDone(({ passed, failed }) => {
    console.log(`Passed: ${passed.length} Failed: ${failed.length}`);
  });
  await s.start();
  console.log(s.sanitizedState);
}
