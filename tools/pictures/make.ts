/**
 * Makes the pictures of the documentation, in docs/images: `deno task pictures [--record]`.
 *
 * terminal.svg is a function of the recording in this folder; a test compares the two. The
 * screenshots need Chromium (Debian: `apt-get install chromium`). `--record` runs nightly.ts and
 * replaces the recording.
 */
import { record } from "./recording.ts";
import { takeScreenshots } from "./screenshots.ts";
import { terminalPicture } from "./terminal_picture.ts";

const FOLDER = new URL("../../docs/images/", import.meta.url);

if (Deno.args.includes("--record")) await record();
await Deno.writeTextFile(new URL("terminal.svg", FOLDER), terminalPicture());
await takeScreenshots(FOLDER);
