import { type SipAgent, startSipAgent } from '../../../src/engines/embedded/sip/agent.ts';
import { type FreeSwitchEngine, startFreeSwitchEngine } from '../../../src/engines/freeswitch/engine.ts';
import type { FreeSwitchServerOptions } from '../../../src/engines/freeswitch/server.ts';
import { FreeSwitchDouble } from '../../../src/engines/freeswitch/testing/freeswitch-double.ts';
import type { Rig, RigOptions } from './rig.ts';
import { RtpPhone } from './rtp-phone.ts';

export interface FreeSwitchRig extends Rig {
  readonly engine: FreeSwitchEngine;
  readonly agent: SipAgent;
}

/** The engine with phones on loopback UDP; the embedded SIP agent stands in for drachtio-server, as it speaks the same protocol. */
export async function makeFreeSwitchRig(
  servers: readonly Pick<FreeSwitchServerOptions, 'host' | 'port' | 'secret'>[],
  { calls = 8, timeoutMs }: RigOptions,
): Promise<FreeSwitchRig> {
  const agent = await startSipAgent({ host: '127.0.0.1', port: 0, transports: ['udp'] });
  const engine = await startFreeSwitchEngine({
    drachtio: { host: '127.0.0.1', port: agent.applicationPort, secret: agent.applicationSecret },
    servers: servers.map((server) => ({ ...server, maxCalls: calls, profile: 'drachtio_mrf', admits: () => false })),
    audioSocket: { host: '127.0.0.1', port: 0 },
    log: { info: () => {}, warn: () => {}, error: () => {} },
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  });
  const phones: RtpPhone[] = [];
  return {
    engine,
    agent,
    phone: async () => {
      const phone = await RtpPhone.open();
      phones.push(phone);
      return phone;
    },
    wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    close: async () => {
      await engine.close();
      await agent.close();
      await Promise.all(phones.map((phone) => phone.close()));
    },
  };
}

export async function startDouble(): Promise<{ double: FreeSwitchDouble; host: string; port: number; secret: string }> {
  const secret = 'the-secret-of-the-double';
  const double = await FreeSwitchDouble.start({ secret });
  return { double, host: '127.0.0.1', port: double.port, secret };
}

/** The real one that PATCHBAY_FREESWITCH names (`host:port`, or `host:port:secret` where FREESWITCH_SECRET is not set). */
export function realFreeSwitch(
  env: Readonly<Record<string, string | undefined>>,
): { host: string; port: number; secret: string } | undefined {
  const named = env.PATCHBAY_FREESWITCH;
  if (named === undefined || named === '') return undefined;
  const [host = '', port, ...secret] = named.split(':');
  return { host, port: Number(port), secret: secret.join(':') || (env.FREESWITCH_SECRET ?? '') };
}
