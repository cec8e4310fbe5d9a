/** The journal of a run: keeping it. A run goes on without one. */
import type { Reporter } from "../../events/reporter.ts";
import { createJournal, pruneJournals } from "../../journal/journal_folder.ts";
import { beginJournal, JournalWriter } from "../../journal/journal_writer.ts";
import type { SharedState } from "../../state/shared_state.ts";
import type { System } from "../system/system.ts";
import { caseHashes } from "./case_hashes.ts";
import { givenState, notesOnState } from "./given_state.ts";
import type { PreparedState } from "./initial_state.ts";
import { abandonedNote, JournalFile } from "./journal_file.ts";
import { journalKeyFor } from "./journal_key.ts";
import type { Target } from "./load_target.ts";
import { TickBufferedSink } from "../system/tick_buffered_sink.ts";

/** Begins the journal of a run. Where that cannot be, a note says so. */
export async function openJournal(
  target: Target,
  { state, file }: Pick<PreparedState, "file"> & { readonly state: SharedState },
  system: System,
): Promise<Reporter | undefined> {
  const { request, resumed } = target;
  const note = (text: string) => system.err(`Note: ${text}`);
  const given = await givenState(request, file);
  if (resumed !== undefined) notesOnState(given, resumed.state).forEach(note);
  if (!request.journal) return undefined;
  const { module, key } = await journalKeyFor(request, target.url, system);
  const hash = target.version ?? null;
  try {
    const { file, path } = createJournal(system.folder, key);
    const journal = new JournalFile(file, note);
    const out = new TickBufferedSink(journal, `the journal "${path}"`);
    const { selected, taken, wrote } = target;
    beginJournal(out, {
      ...{ module, hash, graph: selected, given: request.mocks, taken, wrote },
      cases: await caseHashes(target.cases),
      state: given,
      startedAt: system.now().toISOString(),
      pid: Deno.pid,
    });
    out.flush();
    journal.hasBegun = journal.isWhole;
    // What was taken over is to be on the disk before the journal it was taken from is removed.
    if (taken.size > 0) journal.sync();
    if (journal.isWhole) pruneJournals(system.folder, key);
    const { results } = state.root;
    return new JournalWriter(out, selected, (name) => results[name]);
  } catch (error) {
    note(abandonedNote(error, false));
    return undefined;
  }
}
