import { pino } from 'pino';
import { expect, it } from 'vitest';
import { CallRegistry } from '../calls/registry.ts';
import { parseConfig } from '../config/load.ts';
import { FakeMediaEngine } from '../media/fake-engine.ts';
import { VirtualClock } from '../media/virtual-clock.ts';
import { ringPlanInWords } from '../routing/ring-plan.ts';
import { readRefer } from '../signalling/refer-messages.ts';
import type { RingCall } from '../signalling/ring.ts';
import { FakeSip } from '../signalling/testing-calls.ts';
import { createTakeovers } from './takeovers.ts';
import { allConnectorSchemas } from './testing-connectors.ts';

const connectorSchemas = await allConnectorSchemas();

const config = parseConfig(
  `
sip: { host: 192.0.2.9 }
sipConnections:
  - { id: phones, gateways: ['sip:10.0.0.1'], destinations: ['202', '+1*'] }
  - { id: others, gateways: ['sip:10.0.0.2'] }
routingGroups:
  - { id: sales, destinations: [{ priority: 2, sipConnection: phones, called: '202' }, { priority: 1, sipConnection: phones, called: '+442071234567' }] }
routingRules:
  - { id: group, type: transfer, origin: { sipConnection: phones }, called: sales, destination: { routingGroup: sales } }
  - { id: out, type: transfer, origin: { sipConnection: phones }, destination: { sipConnection: phones } }`,
  'hub.yaml',
  {},
  connectorSchemas,
);

function routeOf(target: string, from: { sipConnection: string | undefined } = { sipConnection: 'phones' }) {
  const clock = new VirtualClock();
  const registry = new CallRegistry(clock);
  const media = new FakeMediaEngine({ clock, timeoutMs: 1_000 });
  const observe = () => ({ changed: () => {}, answered: () => {}, media: () => {}, turn: () => {} });
  const legs = { ...{ sip: new FakeSip(), media, registry, observe, clock }, log: pino({ level: 'silent' }) };
  const takeovers = createTakeovers(config, { legs: { ...legs, limits: config.limits }, waiting: undefined });
  const fields: Record<string, string> = { 'Refer-To': `<${target}>`, CSeq: '2 REFER' };
  const read = readRefer((name) => fields[name] ?? '');
  if ('refused' in read) throw new Error('the REFER cannot be read');
  return takeovers.route({ ...from, otherSide: { user: '+4930123', displayName: undefined } }, read.refer);
}

const callOf = (called: string): RingCall => ({
  ...{ kind: 'call', destination: { sipConnection: 'phones' }, calling: '+4930123', called, ringTimeoutMs: undefined },
});

it('a REFER goes where the rule says: to a group, by priority', () => {
  const { rule, plan } = routeOf('sip:sales@192.0.2.9');
  expect(rule).toBe('group');
  expect(ringPlanInWords(plan).slice(1)).toEqual([
    '  1. +442071234567 by SIP connection phones, as +4930123',
    '  2. 202 by SIP connection phones, as +4930123',
  ]);
});

it('whom a group names must be on the allow list of the SIP connection, as anybody else', () => {
  const { leg } = routeOf('sip:sales@192.0.2.9');
  expect(leg(callOf('202')).routes).toMatchObject([{ uri: 'sip:202@10.0.0.1' }]);
  expect(() => leg(callOf('+442071234567'))).toThrow(/does not allow the call/);
});

it.each(['tel:+442071234567', 'sip:+12025550123@elsewhere.example', 'sip:300@192.0.2.9'])(
  'a REFER to %s is none of the allow list',
  (target) => {
    expect(() => routeOf(target)).toThrow(expect.objectContaining({ code: 'destination_not_allowed' }));
  },
);

it.each(['others', undefined])('a party of the SIP connection %s has no rule', (connection) => {
  const route = () => routeOf('tel:+12025550123', { sipConnection: connection });
  expect(route).toThrow(expect.objectContaining({ code: 'no_route' }));
});
