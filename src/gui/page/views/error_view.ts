/** View of one error. */
import type { ErrorRecord } from "../../../base/error_record.ts";
import { html } from "./html_tag.ts";
import { stripAnsi } from "../model/strip_ansi.ts";
import { session } from "../model/store.ts";

/** An error with message, properties, stack, members and causes. Records have a limited depth. */
export function ErrorView({ error }: { error: ErrorRecord }) {
  const props = Object.entries(error.props ?? {});
  return html`<div class="error">
    <p class="message name"><b>${error.type}</b> <span>${stripAnsi(error.message)}</span></p>
    ${
    props.length > 0 && html`<dl class="props name">${
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
    ${userStack(error) !== "" && html`<pre class="stack">${userStack(error)}</pre>`}
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

/** The stack without the message, and without frames of the runtime and of the library. */
function userStack({ stack = "", message }: ErrorRecord): string {
  const { folder = "", libraryUrls = [] } = session.value ?? {};
  const after = stack.indexOf(message);
  const rest = after < 0 ? stack : stack.slice(after + message.length);
  const frames = rest.split("\n").map((line) => line.trim()).filter((line) => line !== "");
  const isOurs = (line: string) =>
    /[( ](ext|node):/.test(line) || libraryUrls.some((it) => line.includes(it));
  const own = frames.filter((line) => !isOurs(line));
  const text = (own.length > 0 ? own : frames).join("\n");
  return stripAnsi(text).replaceAll(`file://${folder}/`, "");
}
