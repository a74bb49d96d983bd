import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { loadConfig } from '../src/config/load.ts';
import { connectorRegistry } from '../src/hub/connectors.ts';

/** The production setting, as far as it can be judged without a container engine: what is wrong here, is wrong there. */

const top = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const read = (path: string) => readFileSync(top(path), 'utf8');

const duration = z.string().regex(/^\d+s$/);
const service = z.strictObject({
  image: z.string().regex(/^[a-z0-9/_-]+:\d+\.\d+\.?\d*[a-z-]*$/, 'a version, not a moving tag'),
  build: z.literal('.').optional(),
  user: z.string().regex(/^[1-9]\d*:[1-9]\d*$/, 'not root'),
  init: z.literal(true).optional(),
  restart: z.literal('unless-stopped'),
  read_only: z.literal(true),
  cap_drop: z.tuple([z.literal('ALL')]),
  security_opt: z.tuple([z.literal('no-new-privileges:true')]),
  logging: z.strictObject({
    driver: z.literal('json-file'),
    options: z.strictObject({ 'max-size': z.string(), 'max-file': z.string() }),
  }),
  entrypoint: z.array(z.string()).optional(),
  command: z.array(z.string()).optional(),
  environment: z.record(z.string(), z.string()),
  volumes: z.array(z.string()).default([]),
  tmpfs: z.array(z.string().regex(/:size=\d+m,/, 'memory has a limit')),
  networks: z.record(z.string(), z.strictObject({ ipv4_address: z.string().optional() })),
  ports: z.array(z.string()).default([]),
  depends_on: z.record(z.string(), z.strictObject({ condition: z.literal('service_healthy') })).default({}),
  healthcheck: z.strictObject({
    test: z.tuple([z.literal('CMD')], z.string()),
    interval: duration,
    timeout: duration,
    start_period: duration,
    retries: z.int().min(2),
  }),
  stop_grace_period: duration.optional(),
  shm_size: z.string().optional(),
  ulimits: z.record(z.string(), z.unknown()).optional(),
  deploy: z.strictObject({
    resources: z.strictObject({
      limits: z.strictObject({ cpus: z.string(), memory: z.string().regex(/^\d+[mg]$/), pids: z.int().min(16) }),
    }),
  }),
});
const composeFile = z.strictObject({
  name: z.literal('patchbay'),
  'x-hardened': z.unknown(),
  services: z.strictObject({ hub: service, drachtio: service, freeswitch: service, postgres: service }),
  networks: z.strictObject({
    calls: z.strictObject({ ipam: z.strictObject({ config: z.array(z.strictObject({ subnet: z.string() })) }) }),
    records: z.strictObject({ internal: z.literal(true) }),
  }),
  volumes: z.strictObject({ 'hub-data': z.strictObject({}), database: z.strictObject({}) }),
});

const text = read('docker-compose.yml');
const compose = composeFile.parse(parse(text, { merge: true }));
const { hub, drachtio, freeswitch, postgres } = compose.services;

/** Every `${NAME}` of a text, with what follows the name: `:?message`, `:-default` or nothing. */
function variablesOf(from: string): { name: string; rest: string }[] {
  return [...from.matchAll(/\$\{([A-Z_]+)([^}]*)\}/g)].map(([, name = '', rest = '']) => ({ name, rest }));
}

describe('docker-compose.yml', () => {
  test('secrets come from the environment and have no default', () => {
    const secrets = variablesOf(text).filter(({ name }) => /SECRET|PASSWORD|TOKEN/.test(name));
    expect(new Set(secrets.map(({ name }) => name))).toEqual(
      new Set(['BOT_TOKEN', 'DRACHTIO_SECRET', 'FREESWITCH_SECRET', 'POSTGRES_PASSWORD']),
    );
    for (const { name, rest } of secrets) expect(rest, name).toMatch(/^:\?.+/);
    for (const { environment } of Object.values(compose.services)) {
      for (const [name, value] of Object.entries(environment)) {
        if (/SECRET|PASSWORD|TOKEN|URL/.test(name)) expect(value, name).toMatch(/\$\{[A-Z_]+:\?/);
      }
    }
  });

  test('no secret is on a command line, where every process of the machine can read it', () => {
    for (const { command = [], entrypoint = [], healthcheck } of Object.values(compose.services)) {
      expect([...command, ...entrypoint, ...healthcheck.test].join(' ')).not.toMatch(/SECRET|PASSWORD|TOKEN/);
    }
  });

  test('from outside: SIP, RTP, and HTTP on this machine', () => {
    expect(hub.ports).toEqual([`\${HTTP_ADDRESS:-127.0.0.1}:8080:8080/tcp`]);
    expect(drachtio.ports).toEqual(['5060:5060/udp', '5060:5060/tcp']);
    expect(postgres.ports).toEqual([]);
    const { FREESWITCH_RTP_FIRST_PORT: first, FREESWITCH_RTP_LAST_PORT: last } = freeswitch.environment;
    expect(freeswitch.ports).toEqual([`${first}-${last}:${first}-${last}/udp`]);
  });

  test('FreeSWITCH takes no more calls than its ports have room for, at two a call', () => {
    const { FREESWITCH_RTP_FIRST_PORT, FREESWITCH_RTP_LAST_PORT, FREESWITCH_MAX_SESSIONS } = freeswitch.environment;
    const ports = Number(FREESWITCH_RTP_LAST_PORT) - Number(FREESWITCH_RTP_FIRST_PORT) + 1;
    expect(Number(FREESWITCH_MAX_SESSIONS) * 2).toBeLessThanOrEqual(ports);
  });

  test('only the hub reaches the database, and FreeSWITCH lets nobody but hub and drachtio-server in', () => {
    expect(Object.keys(postgres.networks)).toEqual(['records']);
    expect(Object.keys(drachtio.networks)).toEqual(['calls']);
    expect(Object.keys(freeswitch.networks)).toEqual(['calls']);
    expect(freeswitch.environment.FREESWITCH_HUB_NETWORK).toBe(`${hub.networks.calls?.ipv4_address}/32`);
    expect(freeswitch.environment.FREESWITCH_SIGNALLING_NETWORK).toBe(`${drachtio.networks.calls?.ipv4_address}/32`);
    expect(freeswitch.environment.FREESWITCH_ADDRESS).toBe(freeswitch.networks.calls?.ipv4_address);
  });

  test('the hub waits for the others', () => {
    expect(Object.keys(hub.depends_on)).toEqual(['drachtio', 'freeswitch', 'postgres']);
  });

  test('what is mounted exists, and configuration is read-only', () => {
    for (const { volumes } of Object.values(compose.services)) {
      for (const volume of volumes) {
        const [from = '', , mode] = volume.split(':');
        if (!from.startsWith('.')) {
          expect(Object.keys(compose.volumes)).toContain(from);
          continue;
        }
        expect(existsSync(top(from)), from).toBe(true);
        expect(mode, volume).toBe('ro');
      }
    }
  });

  test('the variables that FreeSWITCH gets are those that its start knows', () => {
    const known = new Set(
      [...read('freeswitch/start.sh').matchAll(/^#.*?(FREESWITCH_[A-Z_]+)/gm)].map(([, name]) => name),
    );
    known.add('FREESWITCH_RTP_LAST_PORT');
    for (const name of Object.keys(freeswitch.environment)) expect(known, name).toContain(name);
    for (const [, name] of read('freeswitch/freeswitch.xml').matchAll(/env-set" data="\w+=\$(\w+)"/g)) {
      expect(known, name).toContain(name);
    }
  });
});

describe('config/production.yaml', async () => {
  const environment = Object.fromEntries(
    Object.entries(hub.environment).map(([name, value]) => [
      name,
      value.replaceAll(/\$\{[^}]*\}/g, 'made-up-for-this-test'),
    ]),
  );
  const config = await loadConfig(top('config/production.yaml'), environment, connectorRegistry);

  test('is good with the variables that compose hands to the hub, and uses them all', () => {
    expect(config.engine).toBe('freeswitch');
    const used = variablesOf(read('config/production.yaml')).map(({ name }) => name);
    expect(new Set(used)).toEqual(new Set(Object.keys(hub.environment)));
  });

  test('names the services of the compose file, and takes no more calls than FreeSWITCH', () => {
    expect(config.drachtio).toMatchObject({
      host: 'drachtio',
      port: Number(drachtio.environment.DRACHTIO_ADMIN_TCP_PORT),
    });
    const room = Number(freeswitch.environment.FREESWITCH_MAX_SESSIONS);
    expect(config.freeswitch).toMatchObject([{ host: 'freeswitch', port: 8021, maxCalls: room }]);
    expect(config.limits.concurrentCalls).toBe(room);
    expect(config.database.url).toContain('@postgres:5432/');
  });

  test('calls under way have time to end before the container is killed', () => {
    const graceMs = 1_000 * Number.parseInt(hub.stop_grace_period ?? '0', 10);
    expect(graceMs).toBeGreaterThan(config.drainTimeoutMs + 5_000);
  });
});

describe('Dockerfile', () => {
  const lines = read('Dockerfile')
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  const all = (instruction: string) =>
    lines.filter((line) => line.startsWith(`${instruction} `)).map((line) => line.slice(instruction.length + 1));

  test('stands on the Node that the project is developed with, in every stage', () => {
    const { devDependencies } = JSON.parse(read('package.json')) as { devDependencies: { node: string } };
    for (const from of all('FROM')) expect(from).toMatch(new RegExp(`^node:${devDependencies.node}-bookworm-slim`));
    expect(all('FROM')).toHaveLength(2);
  });

  test('installs exactly what the lock file names, without what only developers need, and runs no scripts of packages', () => {
    const install = all('RUN').find((command) => command.includes('npm ci'));
    expect(install).toContain('--omit=dev');
    expect(install).toContain('--ignore-scripts');
  });

  test('runs without root, as the user that compose names', () => {
    expect(all('USER')).toEqual(['node']);
    expect(lines.findIndex((line) => line.startsWith('USER'))).toBeLessThan(
      lines.findIndex((line) => line.startsWith('ENTRYPOINT')),
    );
    expect(hub.user).toBe('1000:1000');
  });

  test('what is copied exists and is not kept out by .dockerignore', () => {
    const wanted = new Set(
      read('.dockerignore')
        .split('\n')
        .filter((line) => line.startsWith('!'))
        .map((line) => line.slice(1)),
    );
    const sources = all('COPY')
      .filter((copy) => !copy.startsWith('--from'))
      .flatMap((copy) => copy.split(' ').slice(0, -1));
    expect(sources.length).toBeGreaterThan(5);
    for (const source of sources) {
      expect(existsSync(top(source)), source).toBe(true);
      expect(wanted, source).toContain(source);
    }
  });

  test('starts with a configuration that is there', () => {
    const [command] = all('CMD').filter((line) => line.includes('--config'));
    const [, , file] = JSON.parse(command ?? '[]') as string[];
    expect(existsSync(top(file ?? ''))).toBe(true);
    expect(hub.volumes).toContain(`./${file}:/app/${file}:ro`);
  });
});

describe('freeswitch/start.sh', () => {
  const secret = 'a-secret-of-some-length';
  function start(environment: Record<string, string>) {
    const state = `${process.env.TMPDIR ?? '/tmp'}/patchbay-start-${process.pid}`;
    const { status, stdout, stderr } = spawnSync('sh', [top('freeswitch/start.sh')], {
      env: { PATH: process.env.PATH ?? '', FREESWITCH_STATE: state, FREESWITCH_PROGRAM: '/bin/echo', ...environment },
      encoding: 'utf8',
    });
    return { status, stdout, stderr };
  }

  test('starts FreeSWITCH with this folder as its configuration', () => {
    const { status, stdout } = start({ FREESWITCH_SECRET: secret });
    expect(status).toBe(0);
    expect(stdout).toContain(`-conf ${top('freeswitch')} `);
    expect(stdout).not.toContain(secret);
  });

  test.each([
    ['no secret', {}],
    ['an empty secret', { FREESWITCH_SECRET: '' }],
    ['a short secret', { FREESWITCH_SECRET: 'ClueCon' }],
    ['a secret that would end the XML', { FREESWITCH_SECRET: '"/><param name="x" value="' }],
    ['a secret of two lines', { FREESWITCH_SECRET: `${secret}\n${secret}` }],
    ['no address', { FREESWITCH_SECRET: secret, FREESWITCH_ADDRESS: '' }],
    ['a name for an address', { FREESWITCH_SECRET: secret, FREESWITCH_ADVERTISED_ADDRESS: 'example.com' }],
    ['a network without its length', { FREESWITCH_SECRET: secret, FREESWITCH_HUB_NETWORK: '10.0.0.1' }],
    ['XML in a number', { FREESWITCH_SECRET: secret, FREESWITCH_SIP_PORT: '5080"/>' }],
    ['more calls than ports', { FREESWITCH_SECRET: secret, FREESWITCH_MAX_SESSIONS: '501' }],
  ])('refuses %s', (_, environment: Record<string, string>) => {
    const { status, stderr } = start(environment);
    expect(status).toBe(64);
    expect(stderr).toMatch(/^freeswitch: FREESWITCH_\w+ (must|is more)/);
  });
});

describe('freeswitch/', () => {
  const configuration = (name: string) => read(`freeswitch/autoload_configs/${name}.conf.xml`);
  const parameter = (from: string, name: string) =>
    new RegExp(`<param name="${name}" value="([^"]*)"/>`).exec(from)?.[1];

  test('no port is open to everybody, and no password stands in a file', () => {
    const socket = configuration('event_socket');
    expect(parameter(socket, 'password')).toBe('$${event_socket_secret}');
    expect(parameter(socket, 'apply-inbound-acl')).toBe('hubs');
    expect(parameter(configuration('sofia'), 'apply-inbound-acl')).toBe('signalling');
    expect(
      [...configuration('acl').matchAll(/<list name="(\w+)" default="(\w+)"/g)].map(([, ...list]) => list),
    ).toEqual([
      ['hubs', 'deny'],
      ['signalling', 'deny'],
    ]);
  });

  test('callers are offered plain RTP: an offer of SRTP beside it turns their sound into noise', () => {
    expect(read('freeswitch/freeswitch.xml')).toContain('cmd="set" data="rtp_secure_media_inbound=forbidden"');
  });

  test('has the profile, the codecs and the modules that the hub counts on', () => {
    const sofia = configuration('sofia');
    expect(sofia).toContain('<profile name="drachtio_mrf">');
    expect(parameter(sofia, 'inbound-codec-prefs')).toBe('PCMU,PCMA,G722,OPUS');
    expect(parameter(sofia, 'enable-3pcc')).toBe('true');
    expect(parameter(sofia, 'ext-sip-ip')).toBe('$${address}');
    for (const module of ['event_socket', 'commands', 'dptools', 'sofia', 'sndfile', 'tone_stream', 'audio_fork']) {
      expect(configuration('modules')).toContain(`<load module="mod_${module}"/>`);
    }
  });
});
