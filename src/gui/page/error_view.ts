/** An error in full: message, properties, stack, members and causes. */
import type { ErrorRecord } from "../../base/error_record.ts";
import { html } from "./html.ts";

/** See the head of this file. Records are cut at a depth when they are made. */
export function ErrorView({ error }: { error: ErrorRecord }) {
  const props = Object.entries(error.props ?? {});
  return html`<div class="error">
    <p class="message"><b>${error.type}</b> <span>${error.message}</span></p>
    ${
    props.length > 0 && html`<dl class="props">${
      props.map(([key, value]) =>
        html`
          <div key=${key}>
            <dt>${key}</dt>
            <dd>${value}</dd>
          </div>
        `
      )
    }</dl>`
  }
    ${framesOf(error) !== "" && html`<pre class="stack">${framesOf(error)}</pre>`}
    ${
    (error.errors ?? []).map((member, i) =>
      html`
        <div class="inner" key=${i}>
          <p class="soft">Member ${i}</p>
          <${ErrorView} error=${member} />
        </div>
      `
    )
  }
    ${
    error.cause && html`
      <div class="inner">
        <p class="soft">Caused by</p>
        <${ErrorView} error=${error.cause} />
      </div>
    `
  }
  </div>`;
}

/** The stack without the message above it, which is there already. */
function framesOf({ stack = "", message }: ErrorRecord): string {
  const after = stack.indexOf(message);
  const frames = after < 0 ? stack : stack.slice(after + message.length);
  return frames.split("\n").map((line) => line.trim()).filter((line) => line !== "").join("\n");
}
