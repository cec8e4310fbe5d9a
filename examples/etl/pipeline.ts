/**
 * An ETL pipeline: fetches the orders of three shops from an HTTP API, drops invalid ones, loads
 * the rest into SQLite, checks their quality, and writes a report.
 *
 * It shows a task for each source (`each`), retries and timeouts, results of dependencies, a
 * quality gate that stops the run, and a server that lives as long as the run.
 *
 *     deno run -A cli.ts examples/etl/pipeline.ts
 *     deno run -A cli.ts examples/etl/pipeline.ts --max_rejected:=0     # the gate fails
 *     deno run -A cli.ts examples/etl/pipeline.ts --graph=levels
 */
import { DatabaseSync } from "node:sqlite";
import { mark, type State } from "@thread-order/cli";
import { type RawOrder, startShopServer } from "./shop_server.ts";

/** The shops by name: the results of a task with these cases have the same keys. */
const SHOPS = { north: "north", south: "south", west: "west" } as const;

type Order = Required<RawOrder>;

type Pipeline = State<{
  /** The address of the API. */
  api: string;
  /** The folder of the database and the report. */
  data: string;
  /** The share of orders that may be invalid. */
  max_rejected: number;
}>;

let server: Deno.HttpServer<Deno.NetAddr> | undefined;

/** Runs once, on the main thread. The server stays there; the tasks get its address. */
export function setupState(state: Pipeline): void {
  if (state.api === undefined) { // unless --api=… is given
    server = startShopServer();
    state.api = `http://127.0.0.1:${server.addr.port}`;
  }
  state.max_rejected ??= 0.2;
  state.data ??= Deno.makeTempDirSync({ prefix: "etl-" });
  Deno.mkdirSync(state.data, { recursive: true });
}

/** Runs after the last task, whatever its outcome. */
export async function teardownState(): Promise<void> {
  await server?.shutdown();
}

/** A task for each shop: extract.north, extract.south, extract.west. */
export const extract = mark(
  { each: SHOPS, retries: { count: 3, delay: "50ms" }, timeout: "5s" },
  async (state: Pipeline, shop, task): Promise<RawOrder[]> => {
    const response = await fetch(`${state.api}/orders/${shop}`, { signal: task.signal });
    if (!response.ok) throw new Error(`${shop}: ${response.status} ${await response.text()}`);
    return await response.json();
  },
);

export const transform = mark({ each: SHOPS, after: { extract } }, (_state, shop, task) => {
  const raw = task.results.extract[shop];
  const orders = raw.filter(isValid);
  const rejected = raw.length - orders.length;
  if (rejected > 0) task.log.warn(`${rejected} of ${raw.length} orders rejected`);
  return { orders, rejected };
});

function isValid(order: RawOrder): order is Order {
  const { id, item, count = 0, price = 0 } = order;
  return id !== undefined && item !== undefined && count > 0 && price > 0;
}

/** A single transaction: a failed attempt changes nothing, and the next starts from no table. */
export const load = mark({ after: { transform } }, (state: Pipeline, task) => {
  using database = openDatabase(state);
  database.exec("BEGIN; DROP TABLE IF EXISTS orders");
  database.exec("CREATE TABLE orders (id INTEGER PRIMARY KEY, shop, item, count, price)");
  const insert = database.prepare("INSERT INTO orders VALUES (?, ?, ?, ?, ?)");
  let loaded = 0;
  for (const [shop, { orders }] of Object.entries(task.results.transform)) {
    for (const { id, item, count, price } of orders) {
      insert.run(id, shop, item, count, price);
      loaded++;
    }
  }
  database.exec("COMMIT");
  task.log.info(`${loaded} orders loaded`);
  return loaded;
});

/** The quality gate: if it fails, the report is skipped. */
export const quality = mark({ after: { load, transform } }, (state: Pipeline, { results }) => {
  const rejected = Object.values(results.transform).reduce((sum, it) => sum + it.rejected, 0);
  const total = results.load + rejected;
  if (rejected <= total * state.max_rejected) return;
  throw new Error(`${rejected} of ${total} orders rejected, maximum share ${state.max_rejected}`);
});

export const report = mark({ after: [quality] }, (state: Pipeline, task) => {
  using database = openDatabase(state);
  const rows = database.prepare(
    "SELECT shop, count(*) AS orders, sum(count * price) AS revenue FROM orders GROUP BY shop",
  ).all();
  const lines = [
    "| shop | orders | revenue |",
    "| ---- | -----: | ------: |",
    ...rows.map((row) => `| ${Object.values(row).join(" | ")} |`),
  ];
  for (const line of lines) task.log.info(line);
  Deno.writeTextFileSync(`${state.data}/report.md`, lines.join("\n") + "\n");
  task.log.info(`written to ${state.data}`);
});

function openDatabase({ data }: Pipeline): DatabaseSync {
  return new DatabaseSync(`${data}/orders.db`);
}
