import { hashSecret } from '../../../src/access/secret.ts';
import { freePort, freeUdpRange } from './ports.ts';
import { realPrograms } from './real-programs.ts';

const real = realPrograms(process.env);

/** The API client of hubs of the tests: it may everything. */
export const TEST_CLIENT = { id: 'tester', secret: 'the-secret-of-the-tests' };
export const TEST_AUTHORIZATION = `Basic ${btoa(`${TEST_CLIENT.id}:${TEST_CLIENT.secret}`)}`;

export interface HubPorts {
  sip: number;
  http: number;
  /** `first-last` */
  rtp: string;
}

export async function freeHubPorts(calls = 20): Promise<HubPorts> {
  return { sip: real?.sipPort ?? (await freePort()), http: await freePort(), rtp: await freeUdpRange(2 * calls) };
}

export interface HubConfigOptions {
  ports: HubPorts;
  dataDir: string;
  botUrl: string;
  /** Speech vendor of the bot: `local`, or what a launcher of the tests adds. */
  vendor?: string;
  /** Bot parameters beside the language. */
  parameters?: Record<string, unknown>;
  /** Who may call. */
  allowFrom?: readonly string[];
  mediaTimeoutMs?: number;
  drainTimeoutMs?: number;
  /** Sections that replace or extend those made here. */
  extra?: Record<string, unknown>;
}

/** A bot of `bots`. */
export function botConfig(id: string, url: string, parameters: Record<string, unknown> = {}) {
  return {
    id,
    connector: 'ac-bot-api',
    url,
    speech: { stt: 'speech', tts: 'speech' },
    parameters: { language: 'en-US', sendDTMF: true, ...parameters },
  };
}

/** Sections for `extra`: bots that are each reached under their id. */
export function severalBots(bots: readonly ReturnType<typeof botConfig>[]) {
  return {
    bots,
    routingRules: bots.map(({ id }) => ({
      id: `to-${id}`,
      origin: { sipConnection: 'loopback' },
      called: id,
      destination: { bot: id },
    })),
  };
}

/** A configuration with one bot, which everybody reaches who dials `demo`. JSON, which is YAML. */
export function hubConfig(options: HubConfigOptions): string {
  const { ports, vendor = 'local' } = options;
  const config = {
    http: { host: '127.0.0.1', port: ports.http },
    sip: { host: '127.0.0.1', port: ports.sip, transports: ['udp', 'tcp'] },
    media: { host: '127.0.0.1', rtpPorts: ports.rtp, timeoutMs: options.mediaTimeoutMs ?? 30_000 },
    dataDir: options.dataDir,
    drainTimeoutMs: options.drainTimeoutMs ?? 10_000,
    log: { level: 'debug', callerContent: true },
    speechServices: [{ id: 'speech', vendor }],
    bots: [{ name: 'Demo', ...botConfig('demo', options.botUrl, options.parameters) }],
    sipConnections: [{ id: 'loopback', allowFrom: options.allowFrom ?? ['127.0.0.1/32'] }],
    routingRules: [
      { id: 'to-demo', origin: { sipConnection: 'loopback' }, called: 'demo', destination: { bot: 'demo' } },
      {
        id: 'refused',
        origin: { sipConnection: 'loopback' },
        called: 'closed',
        destination: { reject: { code: 603 } },
      },
    ],
    ...(real === undefined || options.extra?.engine !== undefined
      ? {}
      : { ...real.sections, media: { timeoutMs: options.mediaTimeoutMs ?? 30_000 } }),
    apiClients: [{ id: TEST_CLIENT.id, secretHash: hashSecret(TEST_CLIENT.secret), groups: ['administrator'] }],
    ...options.extra,
  };
  return JSON.stringify(config, undefined, 2);
}
