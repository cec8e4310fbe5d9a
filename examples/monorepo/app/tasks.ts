import { packageTasks } from "../package_tasks.ts";
import * as dates from "../dates/tasks.ts";
import * as table from "../table/tasks.ts";

export const { check, test, bundle } = packageTasks("app", dates, table);
