import { createSocket } from 'node:dgram';
import { type RtpEngineOptions, startRtpEngine } from '../../../src/engines/embedded/rtp/engine.ts';
import type { Rig, RigOptions } from './rig.ts';
import { RtpPhone } from './rtp-phone.ts';

/** Below the ports that the kernel gives to others. */
const PORTS = { from: 20_000, to: 28_000 };
let nextPort = PORTS.from + 2 * Math.floor((Math.random() * (PORTS.to - PORTS.from)) / 2);

/** The first of so many even ports in a row that are free at the moment, with their neighbours. */
async function freePorts(calls: number): Promise<number> {
  for (let tries = 0; tries < 1000; tries++) {
    const from = nextPort;
    nextPort = from + 4 * calls > PORTS.to ? PORTS.from : from + 2 * calls;
    const free = await Promise.all(Array.from({ length: 2 * calls }, (_, i) => isFree(from + i)));
    if (free.every(Boolean)) return from;
  }
  throw new Error(`no ${calls} free RTP ports between ${PORTS.from} and ${PORTS.to}`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4');
    socket.once('error', () => socket.close(() => resolve(false)));
    socket.bind({ address: '127.0.0.1', port, exclusive: true }, () => socket.close(() => resolve(true)));
  });
}

/** The embedded engine with phones on loopback UDP. */
export async function makeEmbeddedRig(
  { calls = 8, timeoutMs }: RigOptions,
  extra: Partial<RtpEngineOptions> = {},
): Promise<Rig & { engine: ReturnType<typeof startRtpEngine> }> {
  const from = await freePorts(calls);
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
