import { pino } from 'pino';
import { createAdmission } from '../../../src/calls/admission.ts';
import type { EndReason } from '../../../src/calls/end-reason.ts';
import type { CallRecord } from '../../../src/calls/record.ts';
import { CallRegistry } from '../../../src/calls/registry.ts';
import { systemClock } from '../../../src/clock.ts';
import { parseConfig } from '../../../src/config/load.ts';
import { type RtpEngine, startRtpEngine } from '../../../src/engines/embedded/rtp/engine.ts';
import { type SipAgent, startSipAgent } from '../../../src/engines/embedded/sip/agent.ts';
import { inboundRouting } from '../../../src/hub/inbound-routing.ts';
import { allConnectorSchemas } from '../../../src/hub/testing-connectors.ts';
import { matchSipConnection } from '../../../src/routing/sip-connections.ts';
import type { Converse } from '../../../src/signalling/call-application.ts';
import { inboundHandler } from '../../../src/signalling/inbound.ts';
import { SipClient } from '../../../src/signalling/sip-client.ts';
import { hubConfig } from './hub-config.ts';
import { freePort, freeUdpRange } from './ports.ts';
import { tone } from './tones.ts';
import { waitFor } from './wait-for.ts';

const connectorSchemas = await allConnectorSchemas();

/** Port of a callee, by the name of its SIP connection. */
export type Desks = Record<string, { port: number; transport?: 'udp' | 'tcp' }>;

export interface ForwardRigOptions {
  desks: Desks;
  /** Sections of hub.yaml: rules, groups, block lists. Calls come from the SIP connection `callers`. */
  routing: Record<string, unknown>;
  ringTimeoutMs?: number;
  /** Most calls at a time. */
  calls?: number;
}

/** The hub between phones, with the real SIP agent and RTP engine. The bot `night` answers and says 900 Hz. */
export class ForwardRig {
  readonly registry = new CallRegistry(systemClock);
  readonly records = new Map<string, CallRecord>();
  readonly refused: string[] = [];
  readonly #agent: SipAgent;
  readonly #sip: SipClient;
  readonly #media: RtpEngine;

  private constructor(agent: SipAgent, sip: SipClient, media: RtpEngine, configText: string) {
    this.#agent = agent;
    this.#sip = sip;
    this.#media = media;
    const config = parseConfig(configText, 'hub.yaml', {}, connectorSchemas);
    const log = pino({ level: process.env.PATCHBAY_TEST_LOG ?? 'silent' });
    const { registry } = this;
    const observe = () => ({
      changed: (record: CallRecord) => void this.records.set(record.id, record),
      ...{ answered: () => {}, media: () => {}, turn: () => {} },
    });
    const { limits } = config;
    const parts = { registry, media, converse: nightBot, observe, clock: systemClock, log };
    sip.onInvite(
      inboundHandler({
        ...parts,
        ...inboundRouting(config, { ...parts, sip, limits }),
        refused: (reason) => this.refused.push(reason),
        connectionOf: (address) => matchSipConnection(config.sipConnections, address)?.id,
        settingsOf: () => ({}),
        admit: createAdmission(limits, () => registry.size, systemClock),
      }),
    );
  }

  static async start(options: ForwardRigOptions): Promise<ForwardRig> {
    const log = pino({ level: 'silent' });
    const calls = options.calls ?? 40;
    const rtp = await freeUdpRange(2 * calls);
    const agent = await startSipAgent({ host: '127.0.0.1', port: await freePort(), transports: ['udp', 'tcp'] });
    const sip = new SipClient({
      host: '127.0.0.1',
      port: agent.applicationPort,
      secret: agent.applicationSecret,
      onError: () => {},
    });
    await sip.connect();
    const [from = 0, to = 0] = rtp.split('-').map(Number);
    const media = startRtpEngine({
      host: '127.0.0.1',
      portRange: { from, to },
      timeoutMs: 30_000,
      log,
      clock: systemClock,
    });
    const gateways = Object.entries(options.desks).map(([id, { port, transport = 'udp' }]) => ({
      id,
      gateways: [`sip:127.0.0.1:${port};transport=${transport}`],
      failoverTimeoutMs: 2_000,
    }));
    const text = hubConfig({
      ports: { sip: agent.port, http: 0, rtp },
      dataDir: 'unused',
      botUrl: 'http://127.0.0.1:9/',
      extra: {
        bots: [
          {
            id: 'night',
            connector: 'ac-bot-api',
            url: 'http://127.0.0.1:9/',
            speech: { stt: 'speech', tts: 'speech' },
          },
        ],
        forwarding: { ringTimeoutMs: options.ringTimeoutMs ?? 30_000 },
        sipConnections: [{ id: 'callers', allowFrom: ['127.0.0.1/32'] }, ...gateways],
        ...options.routing,
      },
    });
    return new ForwardRig(agent, sip, media, text);
  }

  get port(): number {
    return this.#agent.port;
  }

  /** Of the calls of one caller, in the order in which they came about: the caller's own first. */
  recordsOf(caller: string): CallRecord[] {
    const own = [...this.records.values()].find(
      ({ direction, calling }) => direction === 'inbound' && calling.user === caller,
    );
    return own === undefined ? [] : [...this.records.values()].filter(({ sessionId }) => sessionId === own.id);
  }

  /** When all calls of the caller are over. */
  async ended(caller: string): Promise<CallRecord[]> {
    return await waitFor(`the calls of ${caller} to end`, 15_000, () => {
      const records = this.recordsOf(caller);
      return records.length > 0 && records.every(({ state }) => state === 'ended') ? records : undefined;
    });
  }

  /** No call, no dialog, no transaction that is not about to end, and no port in use. */
  async nothingLeft(): Promise<void> {
    await waitFor('all calls to be released', 15_000, () => this.registry.size === 0);
    await waitFor('all dialogs to be gone', 5_000, () => this.#agent.stats().dialogs === 0);
    await waitFor('all ports to be free', 5_000, () => this.#media.stats().portsInUse === 0);
  }

  async close(): Promise<void> {
    await this.registry.drain(AbortSignal.abort(), { category: 'shutdown', by: 'hub', text: 'the test is over' });
    this.#sip.close();
    await this.#agent.close();
    await this.#media.close();
  }
}

const nightBot: Converse =
  () =>
  ({ control, media }) => {
    const { promise, resolve } = Promise.withResolvers<EndReason>();
    control.answer().then(
      () => media.playout.write(tone(900, 1_000)),
      () => {},
    );
    return { callerHungUp: resolve, end: resolve, ended: promise };
  };
