import { Counter, type Registry } from 'prom-client';

/** What SIP connections tell the metrics. Labels are ids of the configuration. */
export interface SipMetrics {
  /** One INVITE on a connection that asks for credentials. */
  authentication(connection: string, outcome: string): void;
}

export function startSipMetrics(registers: Registry[]): SipMetrics {
  const authentications = new Counter({
    name: 'patchbay_sip_authentications_total',
    help: 'INVITEs on connections that ask for credentials: good, absent (challenged), stale, replayed, wrong, limited (not looked at: too many wrong ones)',
    labelNames: ['sip_connection', 'outcome'] as const,
    registers,
  });
  return {
    authentication: (connection, outcome) => authentications.inc({ sip_connection: connection, outcome }),
  };
}
