/** docs/images/terminal.svg: the terminal during the recorded run. */
import { COMMAND, FOLDER, recordedEvents, recordedSourceLine } from "./recording.ts";
import { terminalFrames } from "./terminal_frames.ts";
import { drawTerminal } from "./terminal_svg.ts";

/** Width of the terminal: that of the longest line. */
const COLUMNS = 100;

/** Draws the picture. */
export function terminalPicture(): string {
  const frames = terminalFrames({
    events: recordedEvents(),
    command: COMMAND,
    columns: COLUMNS,
    folder: FOLDER,
    sourceLine: recordedSourceLine,
  });
  return drawTerminal(frames, {
    title: `${COMMAND} on a terminal`,
    caption: "tdrun",
    columns: COLUMNS,
  });
}
