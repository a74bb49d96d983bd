import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import type { CallRecord } from '../calls/record.ts';
import { CallRegistry, type LiveCall } from '../calls/registry.ts';
import { parseConfig } from '../config/load.ts';
import type { CallControl, CallFacts } from '../conversation/ports.ts';
import { createMachineDetector, type MachineDetectorOptions } from '../dialout/machine-detection/detector.ts';
import { parseTarget } from '../dialout/numbers.ts';
import type { DialoutRequest } from '../dialout/request.ts';
import type { DialoutOutcome } from '../dialout/status.ts';
import { FakeMediaEngine } from '../media/fake-engine.ts';
import { VirtualClock } from '../media/virtual-clock.ts';
import { FakeSip } from '../signalling/testing-calls.ts';
import type { GreetingRecognizer } from '../speech/ports.ts';
import { createDialler, type DiallerDeps } from './dialler.ts';
import { allConnectorSchemas } from './testing-connectors.ts';

const connectorSchemas = await allConnectorSchemas();

const config = (extra: string) =>
  parseConfig(
    `
sip: { host: 192.0.2.9 }
limits: { concurrentCalls: 2 }
speechServices: [{ id: local, vendor: local }]
bots:
  - { id: demo, connector: ac-bot-api, url: 'http://127.0.0.1:1/', speech: { stt: local, tts: local } }
  - { id: quiet, connector: ac-bot-api, url: 'http://127.0.0.1:1/', speech: { stt: local, tts: local } }
sipConnections:
  - { id: pbx, gateways: ['sip:192.0.2.1;transport=udp', 'sip:192.0.2.2'] }
  - { id: carrier, gateways: ['sip:gw.example'], auth: { username: acct, password: p }, destinations: ['+1', 'sip:*@partner.example'] }
phoneNumbers: [{ number: '+12025550100', sipConnection: carrier }]
${extra}`,
    'hub.yaml',
    {},
    connectorSchemas,
  );

const RULES = `routingRules:
  - { id: never, origin: { bot: demo }, called: '+1800*', destination: { reject: { code: 403 } } }
  - { id: in, destination: { bot: demo }, called: '+1*' }
  - { id: own, origin: { bot: demo }, called: '+1*', destination: { phoneNumber: '+12025550100' } }
  - { id: partner, origin: { bot: demo }, called: 'partner*', destination: { sipConnection: carrier } }
  - { id: house, origin: { bot: demo }, destination: { sipConnection: pbx } }`;

function set(extra = RULES, deps: Partial<DiallerDeps> = {}) {
  const clock = new VirtualClock();
  const sip = new FakeSip();
  const registry = new CallRegistry(clock);
  const records = new Map<string, CallRecord>();
  const facts: CallFacts[] = [];
  const controls: CallControl[] = [];
  const dialler = createDialler({
    config: config(extra),
    ...{ sip, registry, clock },
    media: new FakeMediaEngine({ clock }),
    converse: (bot) => (call) => {
      facts.push(bot.facts);
      controls.push(call.control);
      call.control.answer().catch(() => {});
      const { promise, resolve } = Promise.withResolvers<never>();
      return { callerHungUp: resolve as never, end: resolve as never, ended: promise };
    },
    observe: () => ({
      changed: (record) => records.set(record.id, record),
      ...{ answered: () => {}, media: () => {}, turn: () => {} },
    }),
    dictates: () => false,
    log: pino({ level: 'silent' }),
    ...deps,
  });
  let count = 0;
  const dial = (request: Partial<DialoutRequest> & { to?: string } = {}) => {
    const { to = 'tel:+12025550123', ...rest } = request;
    const outcomes: DialoutOutcome[] = [];
    const id = `d${++count}`;
    dialler.dial(
      {
        ...{ id, client: 'c', bot: 'demo', target: parseTarget(to), notifyStatuses: [], machineDetection: 'disabled' },
        ...{ answerTimeoutSec: 20, voicemailEndTimeoutSec: 0, sipHeaders: [], acceptedAt: '', startBefore: '' },
        ...rest,
      },
      {
        ...{ initiated: () => {}, ringing: () => {}, answered: () => {}, machine: () => {} },
        ended: (outcome) => outcomes.push(outcome),
      },
    );
    return { id, outcomes };
  };
  return { dialler, dial, sip, clock, registry, records, facts };
}

describe('where a call goes', () => {
  it('as one of our numbers, through its SIP connection, with its credentials', async () => {
    const { dial, sip, clock, records, facts } = set();
    const { id } = dial({ caller: '+19995550000', callerDisplayName: 'Acme', metadata: { a: 1 } });
    await clock.run(0);
    expect(sip.last.uri).toBe('sip:+12025550123@gw.example;user=phone');
    expect(sip.last.options).toMatchObject({
      proxy: 'sip:gw.example',
      auth: { username: 'acct', password: 'p' },
      headers: {
        From: '"Acme" <sip:+12025550100@gw.example>',
        'P-Asserted-Identity': '<sip:+12025550100@gw.example>',
      },
    });
    expect(records.get(id)).toMatchObject({ routingRule: 'own', sipConnection: 'carrier', direction: 'outbound' });
    expect(facts[0]).toMatchObject({
      ...{ callId: id, conversationId: id, caller: '+12025550100', callee: '+12025550123', calleeHost: 'gw.example' },
      dialout: { target: 'tel:+12025550123', metadata: { a: 1 } },
    });
  });

  it('to a telephone system of our own, as whoever the dialer says', async () => {
    const { dial, sip, clock } = set();
    dial({ to: 'tel:+493012345678', caller: '200', callerHost: 'acme.example' });
    await clock.run(0);
    expect(sip.last.uri).toBe('sip:+493012345678@192.0.2.1;transport=udp;user=phone');
    expect(sip.last.options.headers).toMatchObject({ From: '<sip:200@acme.example>' });
    expect(sip.last.options.headers).not.toHaveProperty('P-Asserted-Identity');
    expect(sip.last.options).not.toHaveProperty('auth');
  });

  it('to an extension, at the gateway that the address names', async () => {
    const { dial, sip, clock } = set();
    dial({ to: 'sip:200@192.0.2.2' });
    await clock.run(0);
    expect(sip.last.uri).toBe('sip:200@192.0.2.2');
    expect(sip.last.options.headers).toMatchObject({ From: '"Anonymous" <sip:anonymous@anonymous.invalid>' });
  });

  it('to a host that the list names', async () => {
    const { dial, sip, clock } = set();
    dial({ to: 'sip:partner1@partner.example;transport=tcp' });
    await clock.run(0);
    expect(sip.last.uri).toBe('sip:partner1@partner.example;transport=tcp');
  });
});

describe('what cannot be dialled', () => {
  it.each([
    ['no_route', { bot: 'quiet', to: 'tel:+12025550123' }],
    ['unknown_bot', { bot: 'nobody', to: 'tel:+12025550123' }],
    ['destination_not_allowed', { bot: 'demo', to: 'tel:+18005550123' }],
    ['destination_not_allowed', { bot: 'demo', to: 'sip:partner1@evil.example' }],
    ['destination_not_allowed', { bot: 'demo', to: 'sip:200@evil.example' }],
    ['destination_not_allowed', { bot: 'demo', to: 'sip:112@192.0.2.1' }],
  ])('%s: %o', async (code, { bot, to }) => {
    const { dialler, dial, sip, clock, records } = set();
    expect(() => dialler.check({ bot, target: parseTarget(to) })).toThrow(expect.objectContaining({ code }));
    const { id, outcomes } = dial({ bot, to });
    expect(outcomes).toEqual([]);
    await clock.run(0);
    expect(outcomes).toMatchObject([{ status: 'failed', reasonCode: 'error', end: { category: 'dial-failed' } }]);
    expect(records.get(id)).toMatchObject({ state: 'ended', direction: 'outbound' });
    expect(sip.attempts).toHaveLength(0);
  });

  it('anything, while the hub is full or is being stopped', async () => {
    const { dial, registry, clock, sip } = set();
    dial();
    dial();
    const third = dial();
    await clock.run(0);
    expect(third.outcomes).toMatchObject([{ status: 'failed', reason: expect.stringContaining('concurrentCalls') }]);
    expect(registry.size).toBe(2);
    expect(sip.attempts).toHaveLength(2);
    const { dial: other, registry: stopping, clock: time } = set();
    stopping.add({ id: 'x', released: new Promise(() => {}), terminate: () => {} } as unknown as LiveCall);
    void stopping.drain(new AbortController().signal, { category: 'shutdown', by: 'hub', text: '' });
    const late = other();
    await time.run(0);
    expect(late.outcomes).toMatchObject([{ reason: expect.stringContaining('stopped') }]);
  });
});

describe('who hears greetings for machine detection', () => {
  function recognizer(languages: readonly string[]) {
    const prepared: string[] = [];
    const greetings: GreetingRecognizer = {
      languages,
      prepare: (language) => void prepared.push(language),
      listen: () => ({ write: () => {}, close: () => {} }),
    };
    const options: (MachineDetectorOptions | undefined)[] = [];
    const createDetector: typeof createMachineDetector = (given) => {
      options.push(given);
      return createMachineDetector(given);
    };
    return { prepared, options, deps: { greetings: () => greetings, createDetector } };
  }

  it('the recogniser of greetings, which gets ready while the telephone rings', () => {
    const { prepared, options, deps } = recognizer(['fr-FR', 'en-US']);
    set(RULES, deps).dial({ machineDetection: 'detect' });
    expect(prepared).toEqual(['en-US']);
    expect(options).toMatchObject([{ guessesExpected: true, wordsExpected: false }]);
  });

  it('nobody where no machine is to be detected, or in a language that it does not know', () => {
    const { prepared, options, deps } = recognizer(['fr-FR']);
    const { dial } = set(RULES, deps);
    dial({ machineDetection: 'disabled' });
    expect(options).toEqual([]);
    dial({ machineDetection: 'detect' });
    expect(prepared).toEqual([]);
    expect(options).toMatchObject([{ guessesExpected: false }]);
  });

  it("the bot's recogniser where it takes dictation", () => {
    const { prepared, options, deps } = recognizer(['en-US']);
    set(RULES, { ...deps, dictates: () => true }).dial({ machineDetection: 'detect' });
    expect(prepared).toEqual([]);
    expect(options).toMatchObject([{ guessesExpected: false, wordsExpected: true }]);
  });
});
