/** Pictures of the web UI and of the HTML report, with the recorded run, in light and dark. */
import { type Browser, chromium, type Page } from "playwright-core";
import { HtmlReporter } from "../../src/report/html/html_reporter.ts";
import { urlToPath } from "../../src/runtime/file_url.ts";
import { chromiumPath } from "../../tests/support/chromium.ts";
import { startTdrun } from "../../tests/support/command.ts";
import { deliverTo } from "../../tests/support/report_of.ts";
import { withUiProcess } from "../../tests/support/ui_process.ts";
import {
  FAILED_TASK,
  FOLDER,
  MODULE,
  recordedEvents,
  recordedSourceLine,
  RECORDING,
  WORKERS,
} from "./recording.ts";

const SCHEMES = ["light", "dark"] as const;
/** Size of a page in CSS pixels; a picture has twice as many. */
const UI_SIZE = { width: 1280, height: 720 };
const REPORT_SIZE = { width: 1280, height: 720 };
/** Sections of the report in the picture, from the first to the last. */
const SECTIONS = ["path-title", "graph-title"] as const;
/** Space above and below the sections, in CSS pixels. */
const MARGIN = 24;

/** The process that serves the web UI; it is ended after its pictures. */
const UI_PROCESS = { folder: urlToPath(new URL("./", import.meta.url)), limitMs: 180_000 };

/** A page, and what is done on it before a picture is taken. */
interface Shot {
  readonly name: string;
  readonly url: string;
  readonly size: { readonly width: number; readonly height: number };
  /** Returns the part of the page that is in the picture; undefined for what is visible. */
  readonly prepare: (page: Page) => Promise<Area | undefined>;
}

interface Area {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/**
 * Takes the pictures.
 *
 * @param folder The folder of the pictures: `ui-light.png`, `report-dark.png`, …
 * @throws {Error} when there is no Chromium.
 */
export async function takeScreenshots(folder: URL): Promise<void> {
  if (chromiumPath === undefined) throw new Error("Cannot take screenshots: there is no Chromium");
  const browser = await chromium.launch({ executablePath: chromiumPath, args: ["--no-sandbox"] });
  try {
    await withUiProcess(
      startTdrun(["ui", "--no-open", MODULE], UI_PROCESS),
      (url) =>
        takeInSchemes(browser, folder, { name: "ui", url, size: UI_SIZE, prepare: prepareUi }),
    );
    await withReport((url) =>
      takeInSchemes(browser, folder, {
        ...{ name: "report", url, size: REPORT_SIZE },
        prepare: prepareReport,
      })
    );
  } finally {
    await browser.close();
  }
}

async function takeInSchemes(browser: Browser, folder: URL, shot: Shot): Promise<void> {
  for (const colorScheme of SCHEMES) {
    const context = await browser.newContext({
      ...{ viewport: shot.size, deviceScaleFactor: 2, reducedMotion: "reduce", colorScheme },
      ...{ locale: "en-US", timezoneId: "UTC" },
    });
    const page = await context.newPage();
    await page.goto(shot.url);
    const clip = await shot.prepare(page);
    const path = urlToPath(new URL(`${shot.name}-${colorScheme}.png`, folder));
    const area = clip === undefined ? {} : { clip, fullPage: true };
    await page.screenshot({ path, animations: "disabled", caret: "hide", ...area });
    await context.close();
  }
}

/** Shows the end of the recording, and the task that failed. */
async function prepareUi(page: Page): Promise<undefined> {
  await page.waitForSelector("#run:not([disabled])");
  await page.fill("#workers", `${WORKERS}`); // the default depends on the machine
  await page.fill("#recording", RECORDING);
  await page.press("#recording", "Enter");
  await page.waitForSelector("#verdict.failed");
  await page.click("#tab-tasks");
  await page.click(`#tasks .link >> text=${FAILED_TASK}`);
  await page.click("#tab-graph");
  await page.evaluate("document.querySelector('.settings').scrollTop = 0");
  await page.waitForTimeout(500); // the graph is drawn in an animation frame
}

/** Writes the HTML report of the recording to a file, and removes it afterwards. */
async function withReport(take: (url: string) => Promise<void>): Promise<void> {
  const file = await Deno.makeTempFile({ suffix: ".html" });
  const out = { write: (text: string) => Deno.writeTextFileSync(file, text), close() {} };
  const reporter = new HtmlReporter(out, {
    ...{ module: MODULE, folder: FOLDER, sourceLine: recordedSourceLine },
  });
  deliverTo(reporter, recordedEvents());
  try {
    await take(`file://${file}`);
  } finally {
    await Deno.remove(file);
  }
}

/** Waits for the scripts of the report. Returns the area of the critical path to the graph. */
async function prepareReport(page: Page): Promise<Area> {
  await page.waitForSelector("#rows tr");
  const [top, bottom] = await Promise.all(
    SECTIONS.map(async (title) =>
      (await page.locator(`section[aria-labelledby=${title}]`).boundingBox())!
    ),
  );
  const y = top!.y - MARGIN;
  return { x: 0, y, width: REPORT_SIZE.width, height: bottom!.y + bottom!.height + MARGIN - y };
}
