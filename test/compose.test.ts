import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { BUILTIN_EMBEDDING } from '../schema/builtin-embedding.ts';
import { QUEUE_NAMES } from '../contract/queues.ts';
import { workerCommand } from '../worker/cli/commands/worker.ts';
import { readQueues } from '../worker/queues.ts';

/** What deploy/ says must fit this checkout: the settings that exist, the commands, the files. Docker itself is not asked. */

const ROOT = join(import.meta.dirname, '..');
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');

interface Service {
  image: string;
  command?: string[];
  environment?: Record<string, string | number | null>;
  depends_on?: Record<string, { condition: string }>;
  healthcheck?: { test: string[] };
  'x-no-healthcheck'?: string;
  networks?: string[];
  network_mode?: string;
  volumes?: string[];
  ports?: string[];
  user?: string;
}
interface Compose {
  services: Record<string, Service>;
  volumes: Record<string, unknown>;
  networks: Record<string, unknown>;
}
const text = read('deploy/compose.yaml');
const compose = parse(text, { merge: true }) as Compose;
const services = Object.entries(compose.services);
const ours = services.filter(([, { image }]) => image.startsWith('whetstone-'));
const example = read('deploy/.env.example');

/** Every variable of the settings table, and who reads it. */
const settings = new Map(
  [...read('docs/how-to/run-on-many-machines.md').matchAll(/^\| `([A-Z][A-Z0-9_]+)` +\| ([^|]+?) *\|/gm)].map(
    ([, name = '', readers = '']) => [name, readers],
  ),
);
/** What stands in no settings table: keys of models, MLflow's own, and what the model server's libraries read. */
const OTHERS = [
  'OPENAI_API_KEY',
  'HF_TOKEN',
  'HF_HUB_OFFLINE',
  'PYTHONUNBUFFERED',
  'TOKENIZERS_PARALLELISM',
  'MLFLOW_TRACKING_URI',
  'MLFLOW_TRACKING_USERNAME',
  'MLFLOW_TRACKING_PASSWORD',
  'MLFLOW_TRACKING_TOKEN',
];

describe('deploy/compose.yaml', () => {
  it('has a worker for each queue, started by a command that there is', () => {
    const commands = ours.filter(([name]) => name.startsWith('worker-')).map(([, { command = [] }]) => command);
    const queues = commands.map(([subcommand, ...args]) => {
      const worker = workerCommand();
      expect(subcommand).toBe(worker.name());
      expect(worker.parseOptions(args)).toEqual({ operands: [], unknown: [] });
      return readQueues(worker.opts<{ queue: string[] }>().queue);
    });
    expect(queues.flat().sort()).toEqual([...QUEUE_NAMES].sort());
  });

  it.each(ours)(
    '%s is told variables that the settings table has, for who reads them',
    (name, { environment = {} }) => {
      const who = { gateway: 'gateway', whetstone: 'commands' }[name] ?? name.replace('worker-', '');
      for (const variable of Object.keys(environment).filter((one) => !OTHERS.includes(one)))
        expect(settings.get(variable), variable).toMatch(new RegExp(`everything|all workers|\\b${who}\\b`));
      expect(settings.size).toBeGreaterThan(30);
    },
  );

  it('gives the database and the keys to no training worker', () => {
    const { environment = {} } = compose.services['worker-training']!;
    expect(Object.keys(environment)).not.toContain('DATABASE_URL');
    expect(Object.keys(environment).filter((name) => name.includes('KEY') && !name.startsWith('AWS_'))).toEqual([]);
  });

  it('names images by version, networks and volumes that there are, and files that there are', () => {
    for (const [name, { image }] of services) expect(image, name).toMatch(/^[\w./-]+:v?\d[\w.-]*$/);
    // Indexes are kept beside the registry.
    expect(services.find(([name]) => name === 'postgres')?.[1].image).toMatch(/^pgvector\//);
    const onNetwork = services.filter(([, { network_mode }]) => network_mode === undefined);
    for (const [name, { networks }] of onNetwork) expect(networks, name).toEqual(Object.keys(compose.networks));
    const sources = services.flatMap(([, { volumes = [] }]) => volumes.map((volume) => volume.split(':')[0] ?? ''));
    const missing = sources.filter((source) => source.startsWith('.') && !existsSync(join(ROOT, 'deploy', source)));
    expect(missing).toEqual([]);
    const named = sources.filter((source) => /^\w/.test(source));
    expect(new Set(named)).toEqual(new Set(Object.keys(compose.volumes)));
  });

  it('says of each service how it is seen to be well, or why that is not asked, and waits only for what is', () => {
    for (const [name, { healthcheck, 'x-no-healthcheck': why, depends_on = {} }] of services) {
      expect([healthcheck, why].filter(Boolean), name).toHaveLength(1);
      for (const [other, { condition }] of Object.entries(depends_on)) {
        const expected = compose.services[other]?.healthcheck ? 'service_healthy' : 'service_completed_successfully';
        expect(condition, `${name} waits for ${other}`).toBe(expected);
      }
    }
  });

  it('gives the gateway the files and the keys that models of providers need', () => {
    const { environment = {}, volumes = [] } = compose.services.gateway!;
    expect(volumes).toContain('../configs:/app/configs:ro');
    const { providers } = parse(read('configs/hosted.yaml')) as { providers: Record<string, { apiKeyEnv: string }> };
    const keys = Object.values(providers).map(({ apiKeyEnv }) => apiKeyEnv);
    expect(keys.length).toBeGreaterThan(0);
    expect(Object.keys(environment)).toEqual(expect.arrayContaining(keys));
  });

  it('tells browsers another address of the gateway than containers use, and tells it to all that make links', () => {
    const links = ['worker-control', 'worker-evaluation', 'whetstone'];
    const told = ours
      .filter(([, { environment = {} }]) => 'WHETSTONE_GATEWAY_URL' in environment)
      .map(([name]) => name);
    expect(told).toEqual(links);
    for (const name of links) {
      const { WHETSTONE_GATEWAY_URL: url, WHETSTONE_GATEWAY: inside } = compose.services[name]?.environment ?? {};
      expect(url).toMatch(/^\$\{GATEWAY_URL:-http:\/\/127\.0\.0\.1:8080\}$/);
      expect(inside ?? 'http://gateway:8080').toBe('http://gateway:8080');
    }
  });

  it('holds no secret: each stands in deploy/.env, which the example lists and git ignores', () => {
    const named = [...text.matchAll(/\$\{(\w+)/g)].map(([, variable]) => variable);
    const passed = ours.flatMap(([, { environment = {} }]) =>
      Object.keys(environment).filter((variable) => environment[variable] === null),
    );
    const listed = [...example.matchAll(/^(?:# )?([A-Z][A-Z0-9_]+)=(.*)$/gm)];
    expect(new Set(listed.map(([, variable]) => variable))).toEqual(new Set([...named, ...passed]));
    const secret = /(?:KEY|KEY_ID|PASSWORD|PWD|TOKEN)$/;
    expect(listed.filter(([, variable = '', value]) => secret.test(variable) && value !== '')).toEqual([]);
    const given = services.flatMap(([, { environment = {} }]) => Object.entries(environment));
    for (const [variable, value] of given.filter(([name]) => secret.test(name)))
      expect(value ?? '', variable).toMatch(/^(?:\$\{\w+:\?[^}]+\})?$/);
    expect(read('.gitignore')).toContain('/deploy/.env\n');
  });

  it('publishes nothing to other machines by itself', () => {
    for (const port of services.flatMap(([, { ports = [] }]) => ports))
      expect(port).toMatch(/^\$\{PUBLISH_ON:-127\.0\.0\.1\}:/);
  });
});

describe('deploy/compose.gpu.yaml', () => {
  it('names no package index: the common build is what pip finds by itself, as the Dockerfile lets it', () => {
    const gpu = parse(read('deploy/compose.gpu.yaml')) as Record<'x-gpu', { build: { args: Record<string, string> } }>;
    expect(gpu['x-gpu'].build.args).toEqual({ TORCH_INDEX: '' });
    expect(read('deploy/compose.gpu.yaml')).not.toContain('://');
    expect(read('deploy/Dockerfile')).toContain('${TORCH_INDEX:+--index-url "$TORCH_INDEX"}');
  });
});

describe('deploy/Dockerfile', () => {
  const lines = read('deploy/Dockerfile')
    .replaceAll(/\\\n\s*/g, '')
    .split('\n');
  const stages = lines.flatMap((line) =>
    [...line.matchAll(/^FROM (\S+) AS (\S+)$/g)].map(([, from, name]) => ({ from, name })),
  );

  it('builds on one Node, of the major version that the checkout runs on', () => {
    const bases = new Set(stages.map(({ from }) => from).filter((from) => !stages.some(({ name }) => name === from)));
    expect([...bases]).toEqual([expect.stringMatching(/^node:\d+\.\d+\.\d+-\w+-slim$/)]);
    const { dependencies } = JSON.parse(read('package.json')) as { dependencies: Record<string, string> };
    expect([...bases][0]).toContain(`node:${/\d+/.exec(dependencies.node ?? '')?.[0]}.`);
  });

  it('brings the embedding model that the code expects, by a script that there is, to where its variable says', () => {
    const { model, sha256 } = BUILTIN_EMBEDDING;
    const dockerfile = lines.join('\n');
    expect(dockerfile).toContain(`WHETSTONE_EMBEDDING_FILE=/opt/embedding/${model}-${sha256.slice(0, 16)}.onnx`);
    const [, script = ''] = /node \S+ (\S+\.ts) \/opt\/embedding /.exec(dockerfile) ?? [];
    expect(existsSync(join(ROOT, script)), script).toBe(true);
  });

  it('copies what there is, leaves nothing out that runs, and ends as nobody in particular', () => {
    const copied = lines.filter((line) => line.startsWith('COPY ') && !line.includes('--from'));
    const sources = copied.flatMap((line) => line.split(' ').slice(1, -1)).filter((one) => one !== '.');
    for (const source of sources) expect(globSync(source, { cwd: ROOT }), source).toHaveLength(1);
    const ignored = read('deploy/Dockerfile.dockerignore').split('\n');
    for (const room of globSync('*/README.md', { cwd: ROOT }).map((file) => file.split('/')[0]))
      expect(ignored).not.toContain(room);
    for (const { name } of stages.filter((stage) => ['node', 'python'].includes(stage.name ?? ''))) {
      const of = lines.slice(lines.findIndex((line) => line.endsWith(` AS ${name}`)));
      const end = of.findIndex((line, i) => i > 0 && line.startsWith('FROM '));
      const users = of.slice(0, end < 0 ? undefined : end).filter((line) => line.startsWith('USER '));
      expect(users.at(-1)).toBe('USER 1000:1000');
    }
  });
});
