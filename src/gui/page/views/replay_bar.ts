/** Controls of a replay. */
import { formatDuration } from "../../../base/duration.ts";
import { replayShown } from "../model/actions.ts";
import { html } from "./html_tag.ts";
import { type Player, SPEEDS } from "../model/player.ts";
import { frame } from "../model/displayed_run.ts";
import { player, shown } from "../model/store.ts";

/** The controls of a replay; for an ended run, the button that starts one. */
export function ReplayBar() {
  frame.value;
  if (player.value !== null) return html`<${Controls} replay=${player.value} />`;
  const run = shown.value;
  const hasEnded = run !== null && run.connection === "ended" && run.events.length > 0;
  return html`
    <button type="button" id="replay" disabled=${!hasEnded}
      onClick=${replayShown}>Replay</button>
  `;
}

function Controls({ replay }: { replay: Player }) {
  frame.value;
  const { run, isPlaying, speed, totalMs } = replay;
  const toggle = () => isPlaying.value ? replay.pause() : replay.play();
  const seek = (event: Event) => {
    replay.seek(Number((event.target as HTMLInputElement).value) / 1000 * totalMs);
  };
  return html`
    <div class="replay" role="group" aria-label=${`Replay of ${run.title}`}>
      <button type="button" id="play" onClick=${toggle}>${isPlaying.value
        ? "Pause"
        : "Play"}</button>
      <input type="range" id="position" min="0" max="1000" step="1" aria-label="Position"
        aria-valuetext=${formatDuration(replay.atMs)}
        value=${totalMs > 0 ? Math.round(replay.atMs / totalMs * 1000) : 1000} onInput=${seek} />
      <output class="figure soft" id="replay-at">${formatDuration(replay.atMs)} of ${formatDuration(
        totalMs,
      )}</output>
      <span class="pair"><label for="speed">Speed</label>
      <select id="speed" aria-label="Speed" onChange=${(event: Event) =>
        speed.value = Number((event.target as HTMLSelectElement).value)}>
          ${SPEEDS.map((it) =>
            html`<option value=${it} selected=${it === speed.value}>${it}×</option>`
          )}
        </select></span>
    </div>
  `;
}
