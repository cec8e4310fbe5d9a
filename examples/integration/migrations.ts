/** The tables of the service's database. */
import { DatabaseSync } from "node:sqlite";

const MIGRATIONS: readonly string[] = [
  "CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL)",
  "CREATE TABLE settings (title TEXT)",
  "INSERT INTO settings VALUES ('Notes')",
];

/** Runs the migrations that a database has not seen yet; it counts them in `user_version`. */
export function migrate(path: string): void {
  const database = new DatabaseSync(path);
  const { user_version: done } = database.prepare("PRAGMA user_version").get()!;
  for (const sql of MIGRATIONS.slice(Number(done))) database.exec(sql);
  database.exec(`PRAGMA user_version = ${MIGRATIONS.length}`);
  database.close();
}
