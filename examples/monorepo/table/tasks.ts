import { packageTasks } from "../package_tasks.ts";
import * as text from "../text/tasks.ts";

export const { check, test, bundle } = packageTasks("table", text);
