import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../clock.ts';
import { parseConfig } from '../config/load.ts';
import { type CheckResult, runChecks } from '../doctor/check.ts';
import { startSipAgent } from '../engines/embedded/sip/agent.ts';
import { FreeSwitchDouble } from '../engines/freeswitch/testing/freeswitch-double.ts';
import { doctorChecks } from './doctor.ts';
import { allConnectorSchemas } from './testing-connectors.ts';

const connectorSchemas = await allConnectorSchemas();

const SECRET = 'a-secret-of-our-own';

async function examine(config: Record<string, unknown>): Promise<Map<string, CheckResult>> {
  const folder = await mkdtemp(join(tmpdir(), 'patchbay-doctor-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const whole = { http: { port: await freePort() }, dataDir: join(folder, 'data'), ...config };
  const checks = doctorChecks(parseConfig(JSON.stringify(whole), 'hub.yaml', {}, connectorSchemas));
  const results = await runChecks(checks, { clock: systemClock, signal: new AbortController().signal, told: () => {} });
  return new Map(results.map((result) => [result.check.replace(/ \S+:\d+/, ''), result]));
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function statuses(results: Map<string, CheckResult>): Record<string, string> {
  return Object.fromEntries([...results].map(([check, { status }]) => [check, status]));
}

describe('the doctor of an embedded engine', () => {
  it('finds everything good, but that nobody else can call', async () => {
    const sip = { port: await freePort() };
    const results = await examine({
      sip,
      media: { rtpPorts: '27000-27039' },
      speechServices: [{ id: 'local', vendor: 'local' }],
    });
    expect(statuses(results)).toEqual({
      'HTTP port': 'ok',
      database: 'ok',
      'SIP port': 'ok',
      'RTP ports': 'ok',
      addresses: 'warning',
      call: 'ok',
      'speech service local (local)': 'ok',
    });
    expect(results.get('call')?.message).toMatch(/^audio flows both ways; set up in \d+ ms/);
  });

  it('names what is taken, and what cannot be reached', async () => {
    const socket = createSocket('udp4').bind(0, '127.0.0.1');
    await once(socket, 'listening');
    onTestFinished(() => void socket.close());
    const results = await examine({
      sip: { port: socket.address().port },
      media: { rtpPorts: '27040-27059' },
      database: { url: `postgres://me:secret@127.0.0.1:${await freePort()}/x` },
    });
    expect(results.get('SIP port')).toMatchObject({ status: 'failed', message: expect.stringContaining('EADDRINUSE') });
    expect(results.get('SIP port')?.advice).toContain('sip.port');
    expect(results.get('database')).toMatchObject({
      status: 'failed',
      message: expect.stringContaining('cannot be reached'),
    });
    expect(JSON.stringify([...results])).not.toContain('secret');
  });
});

describe('the doctor of the FreeSWITCH engine', () => {
  async function servers(options: Partial<Parameters<typeof FreeSwitchDouble.start>[0]> = {}) {
    const double = await FreeSwitchDouble.start({ secret: SECRET, ...options });
    const agent = await startSipAgent({ host: '127.0.0.1', port: 0, transports: ['udp'] });
    onTestFinished(async () => {
      await double.close();
      await agent.close();
    });
    return {
      engine: 'freeswitch',
      drachtio: { host: '127.0.0.1', port: agent.applicationPort, secret: agent.applicationSecret },
      freeswitch: [{ host: '127.0.0.1', port: double.port, secret: SECRET }],
      audioSocket: { port: 0 },
    };
  }

  it('places a call between two channels', async () => {
    const results = await examine(await servers());
    expect(statuses(results)).toEqual({
      'HTTP port': 'ok',
      database: 'ok',
      'drachtio-server': 'warning', // listens on loopback only
      FreeSWITCH: 'ok',
      'FreeSWITCH modules': 'ok',
      'FreeSWITCH profile': 'warning', // likewise
      'FreeSWITCH call': 'ok',
    });
  });

  it.each([
    ['modules', { modules: ['mod_sofia'] }, 'not loaded: mod_audio_fork', 'jambonz/freeswitch-modules'],
    ['profile', { codecs: 'OPUS,PCMA' }, 'does not offer PCMU', 'codec'],
    ['profile', { profile: 'another' }, "no sofia profile 'drachtio_mrf'", 'freeswitch[].profile'],
  ])('says what to do about %s: %j', async (check, options, message, advice) => {
    const results = await examine(await servers(options));
    const result = results.get(`FreeSWITCH ${check}`);
    expect(result).toMatchObject({ status: 'failed', message: expect.stringContaining(message) });
    expect(result?.advice).toContain(advice);
    expect(results.get('FreeSWITCH call')?.status).toBe('skipped');
  });

  it('tells wrong secrets from servers that are not there', async () => {
    const good = await servers();
    const wrong = await examine({
      ...good,
      drachtio: { ...good.drachtio, secret: 'another-one' },
      freeswitch: good.freeswitch.map((server) => ({ ...server, secret: 'another-one' })),
    });
    expect(wrong.get('drachtio-server')?.advice).toContain('secret');
    expect(wrong.get('FreeSWITCH')?.advice).toContain('password');
    const port = await freePort();
    const away = await examine({
      ...good,
      drachtio: { ...good.drachtio, port },
      freeswitch: good.freeswitch.map((server) => ({ ...server, port })),
    });
    expect(away.get('drachtio-server')?.advice).toContain('runs');
    expect(away.get('FreeSWITCH')?.advice).toContain('runs');
  });
});
