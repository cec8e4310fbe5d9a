/** A run as workers elsewhere get it. */
import type { RunOrder } from "../../lane/run_spec.ts";
import type { TaskPermissions } from "../../task/task_permissions.ts";
import { portable, withUrls } from "../portable_code.ts";
import type { EngineOrder } from "../engine_protocol.ts";

/** The run, without what holds on this machine alone. */
export function engineOrder(order: RunOrder, module: string): EngineOrder {
  const { rules, hooks, names, local } = order;
  const permissions = names.map((name): TaskPermissions | null =>
    local.get(name)?.spec.policy?.permissions ?? null
  );
  return {
    ...{ rules, permissions },
    code: withUrls(order.code, (url) => portable(url, module)),
    hasSetup: hooks.setupWorker !== undefined,
    hasTeardown: hooks.teardownWorker !== undefined,
  };
}
