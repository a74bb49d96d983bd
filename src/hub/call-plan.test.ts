import { expect, it } from 'vitest';
import { parseConfig } from '../config/load.ts';
import { parseTarget } from '../dialout/numbers.ts';
import { type PlanConfig, planLeg } from './call-plan.ts';
import { allConnectorSchemas } from './testing-connectors.ts';

const connectorSchemas = await allConnectorSchemas();

const config = parseConfig(
  `
sipConnections:
  - { id: pbx, gateways: ['sip:192.0.2.1', 'sip:192.0.2.2', 'sip:192.0.2.3'] }
  - { id: other, gateways: ['sip:192.0.2.1'] }`,
  'hub.yaml',
  {},
  connectorSchemas,
);

const gatewaysOf = (changes: Partial<PlanConfig>) =>
  planLeg(
    { ...config, ...changes },
    { rule: 'r', destination: { sipConnection: 'pbx' } },
    { target: parseTarget('tel:+12025550123'), caller: {} },
  ).routes.map(({ gateway }) => gateway.replace('sip:192.0.2.', ''));

it.each([
  ['nothing is known', undefined, ['1', '2', '3']],
  ['the first is down', ['pbx 1'], ['2', '3', '1']],
  ['two are down', ['pbx 1', 'pbx 3'], ['2', '1', '3']],
  ['all are down', ['pbx 1', 'pbx 2', 'pbx 3'], ['1', '2', '3']],
  ['that of another connection is down', ['other 1'], ['1', '2', '3']],
] as const)('gateways are tried in order, those that are down last: %s', (_, down, order) => {
  const gatewayDown = (connection: string, gateway: string) =>
    (down as readonly string[]).includes(`${connection} ${gateway.replace('sip:192.0.2.', '')}`);
  expect(gatewaysOf(down === undefined ? {} : { gatewayDown })).toEqual(order);
});
