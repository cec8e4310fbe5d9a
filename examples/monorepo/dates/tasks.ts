import { packageTasks } from "../package_tasks.ts";

export const { check, test, bundle } = packageTasks("dates");
