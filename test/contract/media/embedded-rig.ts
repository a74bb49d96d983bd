import { type RtpEngineOptions, startRtpEngine } from '../../../src/engines/embedded/rtp/engine.ts';
import type { Rig, RigOptions } from './rig.ts';
import { RtpPhone } from './rtp-phone.ts';

let nextPort = 20_000 + 2 * Math.floor(Math.random() * 4000);

/** The embedded engine with phones on loopback UDP. Ports that somebody else holds are skipped by the engine itself. */
export async function makeEmbeddedRig(
  { calls = 8, timeoutMs }: RigOptions,
  extra: Partial<RtpEngineOptions> = {},
): Promise<Rig & { engine: ReturnType<typeof startRtpEngine> }> {
  const from = nextPort;
  nextPort += 2 * calls;
  const engine = startRtpEngine({
    host: '127.0.0.1',
    portRange: { from, to: from + 2 * calls - 1 },
    workers: 1,
    drainMs: 0,
    log: { warn: () => {}, error: () => {} },
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...extra,
  });
  const phones: RtpPhone[] = [];
  return {
    engine,
    phone: async () => {
      const phone = await RtpPhone.open();
      phones.push(phone);
      return phone;
    },
    wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    close: async () => {
      await engine.close();
      await Promise.all(phones.map((phone) => phone.close()));
    },
  };
}
