/**
 * Checks that all marked functions of a module are its tasks, and names those that are not with the
 * place where they were marked. To know the places, each call of `mark` captures its stack, and V8
 * computes the positions in the module for that: a tenth of the start of a run of 1,000 tasks. So a
 * worker does it, and only once the main thread has found that a function is missing.
 */
import { UsageError } from "../base/errors.ts";
import { recordError } from "../base/error_record.ts";
import type { CheckedModule, ExportsCheck } from "../lane/worker_protocol.ts";
import { captureTrace } from "../runtime/call_sites.ts";
import { ExportedTasks } from "../task/discover.ts";
import { importUrl } from "../task/load.ts";
import { LostMarks } from "../task/lost_marks.ts";
import { MarkRecorder } from "../task/mark_recorder.ts";

/** Checks a module that this thread has not loaded yet. */
export async function checkExports({ url, target, folder }: CheckedModule): Promise<ExportsCheck> {
  using recorder = new MarkRecorder({ captureMark: captureTrace });
  try {
    const namespace = await importUrl(url);
    const exported = new ExportedTasks(namespace);
    const marks = new LostMarks(recorder.marks, folder);
    await marks.reject({ url, target, namespace, exported });
    exported.find({ locationOf: (fn) => marks.locationOf(fn) });
    return { type: "checked", error: undefined };
  } catch (error) {
    if (error instanceof UsageError) return { type: "checked", error: error.message };
    return { type: "failed", reason: recordError(error).message };
  }
}
