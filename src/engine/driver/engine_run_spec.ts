/** A run as workers elsewhere get it. */
import type { RunSpec } from "../../lane/run_spec.ts";
import type { TaskPermissions } from "../../task/task_permissions.ts";
import { toPortable, withUrls } from "../portable_code.ts";
import type { EngineRunSpec } from "../engine_protocol.ts";

/** The run, without what holds on this machine alone. */
export function toEngineRunSpec(order: RunSpec, module: string): EngineRunSpec {
  const { rules, hooks, names, local } = order;
  const permissions = names.map((name): TaskPermissions | null =>
    local.get(name)?.spec.policy?.permissions ?? null
  );
  return {
    ...{ rules, permissions },
    code: withUrls(order.code, (url) => toPortable(url, module)),
    hasSetup: hooks.setupWorker !== undefined,
    hasTeardown: hooks.teardownWorker !== undefined,
  };
}
