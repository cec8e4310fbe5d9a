/** Opens the journal of a run. */
import { withoutResources } from "../../graph/resources.ts";
import { LARGE_RESULT, PACKED_BYTES_MAX } from "../../journal/result_codec.ts";
import type { Reporter } from "../../events/reporter.ts";
import { createJournal, pruneJournals } from "../../journal/journal_folder.ts";
import { JournalWriter, writeJournalStart } from "../../journal/journal_writer.ts";
import type { SharedState } from "../../state/shared_state.ts";
import type { System } from "../system/system.ts";
import { caseHashes } from "./case_hashes.ts";
import { stateInputNotes, toStateInput } from "./state_input.ts";
import type { PreparedState } from "./prepare_state.ts";
import { journalFailureNote, JournalFile } from "./journal_file.ts";
import { journalKeyFor } from "./journal_key.ts";
import type { Target } from "./load_target.ts";
import { TickBufferedSink } from "../system/tick_buffered_sink.ts";
import { printNote } from "../system/print_message.ts";

/** Creates the journal of a run. If this fails, a note is printed and the run has no journal. */
export async function openJournal(
  target: Target,
  { state, file }: Pick<PreparedState, "file"> & { readonly state: SharedState },
  system: System,
): Promise<Reporter | undefined> {
  const { request, resumed } = target;
  const note = (text: string) => printNote(system, text);
  const stateInput = await toStateInput(request, file);
  if (resumed !== undefined) stateInputNotes(stateInput, resumed.state).forEach(note);
  if (!request.journal) return undefined;
  const { module, key } = await journalKeyFor(request, target.url, system);
  const hash = target.version ?? null;
  try {
    const { file, path } = createJournal(system.folder, key);
    const journal = new JournalFile(file, note);
    const out = new TickBufferedSink(journal, `the journal "${path}"`);
    const { reused, wrote } = target;
    const selected = withoutResources(target.selected); // resources are set up in each run
    writeJournalStart(out, {
      module,
      hash,
      graph: selected,
      mocks: request.mocks,
      reused,
      wrote,
      code: target.code(),
      cases: await caseHashes(target.cases),
      state: stateInput,
      startedAt: system.now().toISOString(),
      pid: Deno.pid,
    });
    out.flush();
    journal.hasBegun = journal.isIntact;
    // The reused results must be on the disk before their journal is removed.
    if (reused.size > 0) journal.sync();
    if (journal.isIntact) pruneJournals(system.folder, key);
    // Not through `state.results`: on the main thread, that would be a read of the current task.
    return new JournalWriter(
      out,
      selected,
      (name) =>
        state.packedLengthOf(name) > PACKED_BYTES_MAX ? LARGE_RESULT : state.resultOf(name)?.value,
    );
  } catch (error) {
    note(journalFailureNote(error, false));
    return undefined;
  }
}
