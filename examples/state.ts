/**
 * The sources of the state: a file, the command line, which overrides the file, and `setupState`,
 * which receives both. The tasks have a typed state.
 *
 *     deno run -A cli.ts examples/state.ts --state-file examples/state.json
 *     deno run -A cli.ts examples/state.ts --state-file examples/state.yaml --aws_region=eu-west-1
 *     deno run -A cli.ts examples/state.ts --state-file examples/state.json --max_retries:=5
 */
import { logger, mark, type State } from "@thread-order/cli";

type Deployment = State<{
  aws_region: string;
  service_name: string;
  max_retries: number;
  storage: string[];
  service_profile: { name: string; id: number; active: boolean };
  deployed: Record<string, { region: string; retries: number }>;
}>;

export function setupState(state: Deployment): void {
  if (state.service_name === undefined) {
    throw new Error("this example wants --state-file examples/state.json");
  }
  state.deployed = {};
}

/** `--key=value` sets text, `--key:=json` a number; this task expects a number. */
export const check = mark((state: Deployment) => {
  if (!state.service_profile.active) throw new Error(`${state.service_profile.name} is not active`);
  if (!Number.isInteger(state.max_retries)) {
    throw new TypeError(`max_retries is no whole number: ${Deno.inspect(state.max_retries)}`);
  }
});

export const deploy = mark({ after: [check] }, (state: Deployment) => {
  for (const storage of state.storage) {
    state.deployed[storage] = { region: state.aws_region, retries: state.max_retries };
  }
  return state.storage.length;
});

export const report = mark({ after: { deploy } }, (state: Deployment, task) => {
  const { service_name, storage, deployed } = state;
  logger.info(`${service_name}: ${task.results.deploy} of ${storage.length} deployed`);
  for (const [name, { region, retries }] of Object.entries(deployed)) {
    logger.info(`${name} in ${region}, ${retries} retries`);
  }
});
