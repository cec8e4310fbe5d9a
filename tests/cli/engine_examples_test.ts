/**
 * The files of examples/engine are valid: options of the command, settings of the server, names.
 * Neither Docker nor Kubernetes runs here.
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { parse } from "@std/yaml";
import { parseCommand } from "../../src/cli/args/parse_command.ts";
import { ExitCode } from "../../src/cli/exit_code.ts";
import { parseWorkerArgs } from "../../src/cli/worker/worker_command.ts";
import { inRepository } from "../support/command.ts";

const FILES = ["compose.yaml", "kubernetes.yaml", "kubernetes_job.yaml"] as const;
const read = (file: string) => Deno.readTextFileSync(inRepository(`examples/engine/${file}`));

/** A container of a Kubernetes manifest. */
interface Container {
  readonly name: string;
  readonly image: string;
  readonly args: readonly string[];
  readonly env: readonly { readonly name: string }[];
}

/** The used parts of a Kubernetes manifest. */
interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name?: string; readonly generateName?: string };
  readonly spec: {
    readonly selector?: { readonly matchLabels?: Labels } & Labels;
    readonly podSelector?: { readonly matchLabels: Labels };
    readonly podFailurePolicy?: {
      readonly rules: readonly {
        readonly action: string;
        readonly onExitCodes?: { readonly containerName: string; readonly values: number[] };
      }[];
    };
    readonly template?: {
      readonly metadata: { readonly labels: Labels };
      readonly spec: {
        readonly containers: readonly Container[];
        readonly terminationGracePeriodSeconds?: number;
      };
    };
  };
}

type Labels = Readonly<Record<string, unknown>>;

/** The used parts of a service of compose. */
interface Service {
  readonly image: string;
  readonly command: readonly string[];
  readonly depends_on?: Readonly<Record<string, unknown>>;
}

const compose = parse(read("compose.yaml")) as {
  readonly services: Readonly<Record<string, Service>>;
};
const manifests = FILES.slice(1).flatMap((file) =>
  read(file).split(/^---$/m).map((text) => parse(text) as Manifest)
);
const containers = manifests.flatMap(({ spec }) => spec.template?.spec.containers ?? []);

/** The commands of workers, drivers and servers, in all files. */
const COMMANDS = [
  ...Object.values(compose.services).map(({ command }) => command),
  ...containers.map(({ args }) => args),
];
const isServer = (args: readonly string[]) => args[0] === "valkey-server";
const isWorker = (args: readonly string[]) => args[0] === "worker";

/** Replaces variables, as the shell or Kubernetes does. */
function expanded(args: readonly string[]): string[] {
  return args.map((arg) => arg.replace(/\$(\{\w+[^}]*\}|\(\w+\))/g, "value"));
}

Deno.test("examples/engine has commands that the option tables accept", () => {
  const own = COMMANDS.filter((args) => !isServer(args));
  assertEquals(own.length, 4); // a worker and a driver, in both ways to run them
  for (const args of own) {
    const found = isWorker(args) ? workerOf(expanded(args)) : driverOf(expanded(args));
    assertEquals(found, { module: "primes.ts", engine: "redis://:value@valkey:6379" });
  }
  assert(Deno.statSync(inRepository("examples/engine/primes.ts")).isFile);
  assertMatch(read("Dockerfile"), /^FROM thread-order\n\nCOPY primes\.ts \.\n/m);
});

function workerOf([, ...args]: string[]) {
  const request = parseWorkerArgs(args);
  assert(request.type === "work");
  return { module: request.module, engine: request.engine };
}

function driverOf(args: string[]) {
  const parsed = parseCommand(args);
  assert(parsed.type === "run");
  return { module: args[0], engine: parsed.request.engine?.address };
}

Deno.test("examples/engine has servers with the settings of docs/scaling.md", () => {
  const servers = COMMANDS.filter(isServer);
  assertEquals(servers.length, 2);
  const page = Deno.readTextFileSync(inRepository("docs/scaling.md"));
  const settings = [...page.matchAll(/^\| `([a-z-]+)` +\| `(\w+)`/gm)].map(([, name, value]) =>
    [name, value] as const
  );
  const names = settings.map(([name]) => name);
  assertEquals(names, ["maxmemory-policy", "appendonly", "appendfsync"]);
  for (const args of servers) {
    for (const [name, value] of settings) assertEquals(args[args.indexOf(`--${name}`) + 1], value);
  }
});

Deno.test("examples/engine/compose.yaml has images, and services that exist", () => {
  const names = Object.keys(compose.services);
  for (const { image, command, depends_on = {} } of Object.values(compose.services)) {
    assertEquals(image, isServer(command) ? "valkey/valkey:8" : "primes");
    assertEquals(Object.keys(depends_on).filter((it) => !names.includes(it)), []);
    assertEquals(isServer(command), Object.keys(depends_on).length === 0);
  }
});

Deno.test("examples/engine has manifests whose names, labels and variables belong together", () => {
  const kinds = manifests.map(({ apiVersion, kind }) => `${apiVersion} ${kind}`);
  assertEquals(kinds, [
    "v1 Service",
    "apps/v1 StatefulSet",
    "networking.k8s.io/v1 NetworkPolicy",
    "apps/v1 Deployment",
    "batch/v1 Job",
  ]);
  const pods = manifests.flatMap(({ spec }) =>
    spec.template ? [spec.template.metadata.labels] : []
  );
  for (const { kind, metadata, spec } of manifests) {
    assert(metadata.name ?? metadata.generateName, kind);
    const labels = spec.selector?.matchLabels ?? spec.selector ?? spec.podSelector?.matchLabels;
    if (kind === "Job") assertEquals(labels, undefined);
    else assert(pods.some((pod) => matches(pod, labels as Labels)), kind);
  }
  for (const { args, env } of containers) {
    const used = args.join(" ").matchAll(/\$\((\w+)\)/g).map(([, name]) => name!);
    assertEquals(new Set(used), new Set(env.map(({ name }) => name)));
  }
  const images = containers.map(({ args, image }) => isServer(args) ? "" : image);
  assertEquals(new Set(images), new Set(["", "registry.example.com/primes:1"]));
});

function matches(pod: Labels, labels: Labels): boolean {
  return Object.entries(labels).every(([name, value]) => pod[name] === value);
}

Deno.test("examples/engine/kubernetes_job.yaml restarts no driver that ended by itself", () => {
  const rules = manifests.at(-1)!.spec.podFailurePolicy!.rules;
  const codes = rules.find(({ action }) => action === "FailJob")!.onExitCodes!;
  assertEquals(
    codes.values,
    Object.values(ExitCode).filter((code) => code !== ExitCode.PASSED),
  );
  assertEquals(codes.containerName, containers.at(-1)!.name);
});

Deno.test("examples/engine has workers with time to finish their tasks", () => {
  const [, timeoutM] = /timeout: "(\d)m"/.exec(read("primes.ts"))!;
  const [, minutes] = /stop_grace_period: (\d+)m/.exec(read("compose.yaml"))!;
  const workers = manifests.find(({ kind }) => kind === "Deployment")!;
  const graceS = workers.spec.template!.spec.terminationGracePeriodSeconds!;
  assert(Number(minutes) > Number(timeoutM) && graceS > 60 * Number(timeoutM));
});

Deno.test("examples/engine has heads that name its files, and that nothing runs them here", () => {
  for (const file of FILES) {
    const head = /^(#.*\n)+/.exec(read(file))![0];
    assertMatch(head.replaceAll("\n#", ""), /tests of this project check .* do not run it\./);
    for (const [path] of head.matchAll(/examples\/engine\/\w+\.yaml/g)) {
      assert(Deno.statSync(inRepository(path)).isFile);
    }
  }
});
