import { Counter, Gauge, type Registry } from 'prom-client';

/** What SIP connections tell the metrics. Labels are ids of the configuration. */
export interface SipMetrics {
  /** One INVITE on a connection that asks for credentials. */
  authentication(connection: string, outcome: string): void;
  /** A gateway was asked whether it is there. */
  gateway(connection: string, gateway: string, health: GatewayFigures): void;
}

export interface GatewayFigures {
  state: 'unknown' | 'up' | 'down';
  roundTripMs: number | undefined;
}

export function startSipMetrics(registers: Registry[]): SipMetrics {
  const authentications = new Counter({
    name: 'patchbay_sip_authentications_total',
    help: 'INVITEs on connections that ask for credentials: good, absent (challenged), stale, replayed, wrong, limited (not looked at: too many wrong ones)',
    labelNames: ['sip_connection', 'outcome'] as const,
    registers,
  });
  const labelNames = ['sip_connection', 'gateway'] as const;
  const up = new Gauge({
    name: 'patchbay_sip_gateway_up',
    help: '1 where the gateway answers OPTIONS, 0 where it is down; absent where it is not asked',
    labelNames,
    registers,
  });
  const roundTrip = new Gauge({
    name: 'patchbay_sip_gateway_round_trip_seconds',
    help: "From OPTIONS to the gateway's last answer",
    labelNames,
    registers,
  });
  return {
    authentication: (connection, outcome) => authentications.inc({ sip_connection: connection, outcome }),
    gateway(connection, gateway, { state, roundTripMs }) {
      const labels = { sip_connection: connection, gateway: gateway.replace(/^sips?:(?:[^@]*@)?/i, '') };
      if (state !== 'unknown') up.set(labels, state === 'up' ? 1 : 0);
      if (roundTripMs !== undefined) roundTrip.set(labels, roundTripMs / 1000);
    },
  };
}
