import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import type { BotParameterLayer } from '../../../src/bots/parameters.ts';
import type { CallRecord } from '../../../src/calls/record.ts';
import { CallRegistry } from '../../../src/calls/registry.ts';
import { systemClock } from '../../../src/clock.ts';
import { parseConfig } from '../../../src/config/load.ts';
import { startConversation } from '../../../src/conversation/runner.ts';
import { type BotScript, FakeBot } from '../../../src/conversation/testing.ts';
import { createVadDetector } from '../../../src/conversation/vad-detector.ts';
import { parseTarget } from '../../../src/dialout/numbers.ts';
import type { Dialler } from '../../../src/dialout/ports.ts';
import type { DialoutRequest } from '../../../src/dialout/request.ts';
import type { DialoutOutcome } from '../../../src/dialout/status.ts';
import { type RtpEngine, startRtpEngine } from '../../../src/engines/embedded/rtp/engine.ts';
import { type SipAgent, type SipAgentOptions, startSipAgent } from '../../../src/engines/embedded/sip/agent.ts';
import { createDialler } from '../../../src/hub/dialler.ts';
import { allConnectorSchemas } from '../../../src/hub/testing-connectors.ts';
import { SipClient } from '../../../src/signalling/sip-client.ts';
import type { GreetingRecognizer } from '../../../src/speech/ports.ts';
import { createVad } from '../../../src/speech/vad.ts';
import { hubConfig } from './hub-config.ts';
import { freeUdpRange } from './ports.ts';
import { toneSpeech } from './tone-speech.ts';

const connectorSchemas = await allConnectorSchemas();

/** One dialout and what its dialer would hear of it. */
export interface Dialled {
  id: string;
  /** In order: `initiated`, `ringing`, `answered`, `machine human`, `failed busy`. */
  events: string[];
  /** `performance.now()` of the answer. */
  readonly answeredAt: number;
  outcome: Promise<DialoutOutcome>;
  cancel(): void;
  record(): CallRecord;
}

export interface DialRigOptions {
  gateways: readonly string[];
  connection?: Record<string, unknown>;
  parameters?: BotParameterLayer;
  bot?: BotScript;
  /** UDP ports for media; a call takes two, and a while after. */
  rtpPorts?: number;
  /** SIP timers that a test can wait for. */
  timing?: SipAgentOptions['timing'];
  /** Hears greetings for machine detection. */
  greetings?: GreetingRecognizer;
}

/** The dialler with the real SIP agent and RTP engine, and a bot in the hands of the test. */
export class DialRig {
  readonly bot: FakeBot;
  readonly dialler: Dialler;
  readonly registry = new CallRegistry(systemClock);
  readonly records = new Map<string, CallRecord>();
  readonly #agent: SipAgent;
  readonly #sip: SipClient;
  readonly #media: RtpEngine;

  private constructor(options: DialRigOptions, agent: SipAgent, sip: SipClient, media: RtpEngine, configText: string) {
    this.#agent = agent;
    this.#sip = sip;
    this.#media = media;
    this.bot = new FakeBot(options.bot ?? (() => []));
    const config = parseConfig(configText, 'hub.yaml', {}, connectorSchemas);
    const log = pino({ level: process.env.PATCHBAY_TEST_LOG ?? 'silent' });
    const speech = toneSpeech({ id: 'tones', endpointing: 'vendor' });
    this.dialler = createDialler({
      config,
      sip,
      media,
      registry: this.registry,
      converse:
        ({ facts }) =>
        (call) =>
          startConversation({
            ...call,
            facts,
            bot: this.bot,
            stt: speech.stt,
            tts: speech.tts,
            parameters: config.bots[0]?.parameters ?? {},
            createDetector: () => createVadDetector(createVad('auto'), () => {}),
            clock: systemClock,
          }),
      observe: () => ({
        changed: (record) => this.records.set(record.id, record),
        answered: () => {},
        media: () => {},
        turn: () => {},
      }),
      dictates: () => false,
      greetings: () => options.greetings,
      clock: systemClock,
      log,
    });
  }

  static async start(options: DialRigOptions): Promise<DialRig> {
    const log = pino({ level: 'silent' });
    const rtp = await freeUdpRange(options.rtpPorts ?? 40);
    const agent = await startSipAgent({
      host: '127.0.0.1',
      port: 0,
      transports: ['udp', 'tcp'],
      ...(options.timing === undefined ? {} : { timing: options.timing }),
    });
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
    const text = hubConfig({
      ports: { sip: agent.port, http: 0, rtp },
      dataDir: 'unused',
      botUrl: 'http://127.0.0.1:9/',
      vendor: 'local',
      parameters: { ...options.parameters },
      extra: {
        sipConnections: [
          { id: 'carrier', gateways: options.gateways, failoverTimeoutMs: 1_000, ...options.connection },
        ],
        routingRules: [{ id: 'out', origin: { bot: 'demo' }, destination: { sipConnection: 'carrier' } }],
      },
    });
    return new DialRig(options, agent, sip, media, text);
  }

  dial(request: Partial<DialoutRequest> = {}): Dialled {
    const id = randomUUID();
    const events: string[] = [];
    const outcome = Promise.withResolvers<DialoutOutcome>();
    const now = new Date().toISOString();
    let answeredAt = Number.POSITIVE_INFINITY;
    const call = this.dialler.dial(
      {
        id,
        client: 'test',
        bot: 'demo',
        target: parseTarget('tel:+12025550123'),
        caller: '+15551230001',
        notifyStatuses: [],
        machineDetection: 'disabled',
        answerTimeoutSec: 20,
        voicemailEndTimeoutSec: 0,
        sipHeaders: [],
        acceptedAt: now,
        startBefore: now,
        ...request,
      },
      {
        initiated: () => events.push('initiated'),
        ringing: ({ earlyMedia }) => events.push(earlyMedia ? 'ringing with media' : 'ringing'),
        answered: () => {
          answeredAt = performance.now();
          events.push('answered');
        },
        machine: ({ type }) => events.push(`machine ${type}`),
        ended: (ended) => {
          events.push(`${ended.status} ${ended.reasonCode}`);
          outcome.resolve(ended);
        },
      },
    );
    return {
      id,
      events,
      get answeredAt() {
        return answeredAt;
      },
      outcome: outcome.promise,
      cancel: () => call.cancel({ category: 'api', by: 'operator', text: 'cancelled by the dialer' }),
      record: () => {
        const record = this.records.get(id);
        if (record === undefined) throw new Error('no record');
        return record;
      },
    };
  }

  get port(): number {
    return this.#agent.port;
  }

  stats() {
    return this.#agent.stats();
  }

  async close(): Promise<void> {
    await this.registry.drain(AbortSignal.abort(), { category: 'shutdown', by: 'hub', text: 'the test is over' });
    this.#sip.close();
    await this.#agent.close();
    await this.#media.close();
  }
}
