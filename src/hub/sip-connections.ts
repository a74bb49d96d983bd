import type { Logger } from 'pino';
import { AttemptLimiter } from '../access/attempt-limiter.ts';
import type { SipConnectionsPort } from '../api/sip-connection-routes.ts';
import type { Clock } from '../clock.ts';
import type { HubConfig } from '../config/types.ts';
import { matchSipConnection } from '../routing/sip-connections.ts';
import type { ConnectionSettings } from '../signalling/connection-settings.ts';
import { GatewayMonitor, type MonitoredConnection } from '../signalling/gateway-monitor.ts';
import { createInboundAuth, type InboundAuth } from '../signalling/inbound-auth.ts';
import { gatewayHost } from '../signalling/outbound-route.ts';
import type { SipClient } from '../signalling/sip-client.ts';
import type { SipMetrics } from '../telemetry/sip-metrics.ts';
import { settingsOf } from './connection-settings.ts';

export interface SipConnectionsDeps {
  sip: Pick<SipClient, 'options' | 'onOptions'>;
  /** The hub is being stopped. */
  draining(): boolean;
  metrics: SipMetrics;
  clock: Clock;
  log: Logger;
}

/** The SIP connections of the configuration, at work. */
export interface SipConnections {
  /** The connection that allows calls from this address, undefined: none does. */
  connectionOf(address: string): string | undefined;
  readonly auth: InboundAuth;
  settingsOf(connection: string): ConnectionSettings;
  /** The gateway has not answered for a while, and is to be tried last. */
  isDown(connection: string, gateway: string): boolean;
  readonly port: SipConnectionsPort;
  /** Begins to ask gateways whether they are there; to be called once, when requests can be sent. */
  start(): void;
  /** Idempotent. */
  close(): void;
}

export function openSipConnections(
  config: Pick<HubConfig, 'sipConnections' | 'engine' | 'sip'>,
  { sip, draining, metrics, clock, log }: SipConnectionsDeps,
): SipConnections {
  const connections = config.sipConnections;
  const connectionOf = (address: string) => matchSipConnection(connections, address)?.id;
  const settings = new Map(
    connections.map((each): [string, ConnectionSettings] => [each.id, settingsOf(each, config)]),
  );
  const monitor = new GatewayMonitor({
    connections,
    ask: (gateway, connection, answers) =>
      sip.options(gateway, { headers: probeHeaders(gateway, connection), answers }),
    observed: (connection, gateway, health) => metrics.gateway(connection, gateway, health),
    clock,
    log,
  });
  sip.onOptions({ connectionOf, draining });
  return {
    connectionOf,
    auth: createInboundAuth(connections, {
      clock,
      log,
      createLimiter: () => new AttemptLimiter(clock),
      outcome: (connection, outcome) => metrics.authentication(connection, outcome),
    }),
    settingsOf: (connection) => settings.get(connection) ?? {},
    isDown: (connection, gateway) => monitor.isDown(connection, gateway),
    port: {
      list: () =>
        connections.map((connection) => ({
          id: connection.id,
          name: connection.name,
          challengesCallers: connection.auth?.challengeCallers === true,
          transferMethod: connection.transferMethod,
          codecs: connection.codecs,
          dtmf: connection.dtmf,
          nat: connection.nat,
          keepAlive: connection.keepAlive,
          gateways: connection.gateways.map((uri) => ({ uri, ...monitor.healthOf(connection.id, uri) })),
        })),
    },
    start: () => monitor.start(),
    close: () => monitor.close(),
  };
}

/** `localhost` stands for the SIP agent's own address. */
function probeHeaders(gateway: string, { auth }: MonitoredConnection): Record<string, string> {
  const from = auth === undefined ? 'patchbay@localhost' : `${auth.username}@${gatewayHost(gateway)}`;
  return { From: `<sip:${from}>`, To: `<${gateway.replace(/;transport=[^;]*/i, '')}>` };
}
