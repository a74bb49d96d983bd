import { pino } from 'pino';
import { expect } from 'vitest';
import type { EndReason } from '../calls/end-reason.ts';
import type { CallRecord } from '../calls/record.ts';
import { CallRegistry } from '../calls/registry.ts';
import { parseConfig } from '../config/load.ts';
import type { CallControl, CallFacts } from '../conversation/ports.ts';
import { FakeMediaEngine } from '../media/fake-engine.ts';
import { VirtualClock } from '../media/virtual-clock.ts';
import type { Converse } from '../signalling/call-application.ts';
import { inboundHandler } from '../signalling/inbound.ts';
import { FakeInvite } from '../signalling/testing.ts';
import { FakeSip } from '../signalling/testing-calls.ts';
import { inboundRouting } from './inbound-routing.ts';
import { allConnectorSchemas } from './testing-connectors.ts';
import { transferring } from './transfers.ts';

const connectorSchemas = await allConnectorSchemas();

const CONFIG = `
sip: { host: 192.0.2.9 }
media: { timeoutMs: 30000 }
forwarding: { ringTimeoutMs: 40000, maxHops: 10 }
speechServices: [{ id: local, vendor: local }]
bots: [{ id: night, connector: ac-bot-api, url: 'http://127.0.0.1:1/', speech: { stt: local, tts: local } }]
sipConnections:
  - { id: phones, gateways: ['sip:10.0.0.1'], allowFrom: [127.0.0.1/32] }
  - { id: pbx, gateways: ['sip:10.0.0.2', 'sip:10.0.0.3'], passHeaders: [X-Acme-*] }
  - { id: carrier, gateways: ['sip:gw.example'], auth: { username: acct, password: p }, destinations: ['+1'] }
phoneNumbers: [{ number: '+12025550100', sipConnection: carrier }]
callBlockLists:
  - { id: spam, numbers: ['+44*'], reject: { code: 603 } }
routingGroups:
  - id: sales
    destinations:
      - { priority: 1, sipConnection: pbx, called: '201', ringTimeoutMs: 10000 }
      - { priority: 2, sipConnection: pbx, called: '202' }
      - { priority: 3, bot: night }
  - { id: everybody, strategy: simultaneous, destinations: [{ sipConnection: pbx, called: '201' }, { sipConnection: pbx, called: '202' }] }
routingRules:
  - { id: desk, origin: { sipConnection: phones }, called: '2*', destination: { sipConnection: pbx } }
  - id: out
    origin: { sipConnection: phones }
    called: '0*'
    destination: { sipConnection: carrier }
    rewrite: { called: [{ from: '00*', to: '+*' }, { from: '0*', to: '+1*' }] }
  - { id: number, origin: { sipConnection: phones }, called: '+1*', destination: { phoneNumber: '+12025550100' } }
  - { id: group, origin: { sipConnection: phones }, called: sales, destination: { routingGroup: sales } }
  - { id: bot, origin: { sipConnection: phones }, called: night, destination: { bot: night } }
  - { id: hand-over, type: transfer, origin: { bot: night }, called: '+15*', destination: { routingGroup: everybody }, rewrite: { called: '9*' } }
  - { id: all, origin: { sipConnection: phones }, called: all, destination: { routingGroup: everybody } }
`;

export const ENOUGH: EndReason = { category: 'api', by: 'operator', text: 'enough' };

/** Calls that come in and are passed on, with fakes on both sides and a clock that only the test moves. */
export class ForwardingRig {
  readonly clock = new VirtualClock();
  readonly sip = new FakeSip();
  readonly media = new FakeMediaEngine({ clock: this.clock, timeoutMs: 30_000 });
  readonly registry = new CallRegistry(this.clock);
  readonly records = new Map<string, CallRecord>();
  readonly refused: string[] = [];
  readonly bots: CallFacts[] = [];
  control: CallControl | undefined;
  readonly limits = { concurrentCalls: 10 };
  readonly #handle: ReturnType<typeof inboundHandler>;

  constructor() {
    const config = parseConfig(CONFIG, 'hub.yaml', {}, connectorSchemas);
    const { clock, media, registry, sip, limits } = this;
    const log = pino({ level: process.env.PATCHBAY_TEST_LOG ?? 'silent' });
    const observe = () => ({
      changed: (record: CallRecord) => void this.records.set(record.id, structuredClone(record)),
      ...{ answered: () => {}, media: () => {}, turn: () => {} },
    });
    const legs = { sip, media, registry, limits, observe, clock, log };
    const talk: Converse =
      ({ facts }) =>
      ({ control }) => {
        this.bots.push(facts);
        this.control = control;
        control.answer().catch(() => {});
        const { promise, resolve } = Promise.withResolvers<EndReason>();
        return { callerHungUp: resolve, end: resolve, ended: promise };
      };
    const converse = transferring(talk, { config, legs, waiting: () => undefined });
    this.#handle = inboundHandler({
      ...{ registry, media, converse, observe, clock, log },
      ...inboundRouting(config, { ...legs, converse }),
      refused: (reason) => this.refused.push(reason),
      connectionOf: () => 'phones',
      settingsOf: () => ({}),
      admit: () => undefined,
    });
  }

  async call(options: ConstructorParameters<typeof FakeInvite>[0] = {}): Promise<FakeInvite> {
    const invite = new FakeInvite({ to: '200', ...options });
    this.#handle(invite.invite);
    await this.run();
    return invite;
  }

  async answered(options: ConstructorParameters<typeof FakeInvite>[0] = {}) {
    const invite = await this.call(options);
    this.sip.last.answer();
    await this.run();
    invite.dialog.ack();
    await this.run();
    return { invite, callee: this.sip.last };
  }

  run(ms = 0): Promise<void> {
    return this.clock.run(ms);
  }

  /** Of the caller, of the last leg. */
  get caller(): CallRecord | undefined {
    return [...this.records.values()].find(({ direction }) => direction === 'inbound');
  }

  get callee(): CallRecord | undefined {
    return [...this.records.values()].findLast(({ direction }) => direction === 'outbound');
  }
}

/** What every test leaves behind: nothing. */
export async function expectNothingLeft(rig: ForwardingRig): Promise<void> {
  for (const call of rig.registry.live()) call.terminate(ENOUGH);
  await rig.run(10_000);
  expect(rig.registry.size).toBe(0);
  expect(rig.media.endpoints.every(({ closed }) => closed)).toBe(true);
  expect(rig.clock.pending).toBe(0);
  for (const record of rig.records.values()) expect(record.state).toBe('ended');
}
