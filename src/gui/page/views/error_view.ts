/** View of one error. */
import type { ErrorRecord } from "../../../base/error_record.ts";
import { errorLocation, stackFramesOf } from "../model/error_location.ts";
import { stripAnsi } from "../model/strip_ansi.ts";
import { session } from "../model/store.ts";
import { html } from "./html_tag.ts";
import { SourceView } from "./source_view.ts";

/**
 * An error with message, source, properties, stack, members and causes. Records have a limited
 * depth. Members and causes have no source: it is often the same.
 */
export function ErrorView({ error, isInner = false }: { error: ErrorRecord; isInner?: boolean }) {
  const props = Object.entries(error.props ?? {});
  const context = session.value ?? { folder: "", libraryUrls: [] };
  const location = errorLocation(error, context);
  const stack = stackFramesOf(error, context).join("\n");
  return html`<div class="error">
    <p class="message name"><b>${error.type}</b> <span>${stripAnsi(error.message)}</span></p>
    ${location && html`<${SourceView} at=${location} isBrief=${isInner} />`}
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
    ${stack !== "" && html`<pre class="stack">${stack}</pre>`}
    ${
    (error.errors ?? []).map((member, i) =>
      html`
        <div class="inner" key=${i}>
          <p class="soft">Member ${i}</p>
          <${ErrorView} error=${member} isInner />
        </div>
      `
    )
  }
    ${
    error.cause && html`
      <div class="inner">
        <p class="soft">Caused by</p>
        <${ErrorView} error=${error.cause} isInner />
      </div>
    `
  }
  </div>`;
}

/** An error as text, as it is copied: message, stack and causes. */
export function formatErrorRecord({ type, message, cause, ...rest }: ErrorRecord): string {
  const context = session.value ?? { folder: "", libraryUrls: [] };
  const frames = stackFramesOf({ message, ...rest }, context).map((it) => `    ${it}`);
  const text = [`${type}: ${stripAnsi(message)}`, ...frames].join("\n");
  return cause ? `${text}\nCaused by ${formatErrorRecord(cause)}` : text;
}
