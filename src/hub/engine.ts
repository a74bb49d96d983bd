import type { Logger } from 'pino';
import type { ReadinessCheck } from '../api/ports.ts';
import type { Clock } from '../clock.ts';
import type { HubConfig } from '../config/types.ts';
import { type RtpEngineStats, startRtpEngine } from '../engines/embedded/rtp/engine.ts';
import { type SipAgentOptions, type SipAgentStats, startSipAgent } from '../engines/embedded/sip/agent.ts';
import { type FreeSwitchEngineStats, startFreeSwitchEngine } from '../engines/freeswitch/engine.ts';
import type { MediaEngine } from '../media/port.ts';
import { type Cidr, cidrContains, parseIpAddress } from '../routing/cidr.ts';
import { matchSipConnection } from '../routing/sip-connections.ts';
import { listening } from './listening.ts';

export interface EngineDeps {
  clock: Clock;
  log: Logger;
}

export interface HubMedia {
  engine: MediaEngine & { room(): number };
  /** Counters of the engine that runs. */
  stats(): { rtp?: RtpEngineStats; freeswitch?: FreeSwitchEngineStats };
  readonly checks: readonly ReadinessCheck[];
}

/** Starts what carries the media of calls. @throws PatchbayError */
export async function openMedia(
  config: Pick<HubConfig, 'engine' | 'drachtio' | 'freeswitch' | 'audioSocket' | 'media'>,
  { clock, log }: EngineDeps,
): Promise<HubMedia> {
  const { engine, drachtio, freeswitch, audioSocket, media } = config;
  if (engine === 'freeswitch' && drachtio && freeswitch) {
    const starts = startFreeSwitchEngine({
      drachtio,
      servers: freeswitch.map(({ addresses, ...server }) => ({ ...server, admits: admitsBlocks(addresses) })),
      audioSocket,
      timeoutMs: media.timeoutMs,
      log: log.child({ part: 'freeswitch' }),
      clock,
    });
    const started = await listening('the audio socket', 'audioSocket.port', audioSocket, starts);
    return {
      engine: started,
      stats: () => ({ freeswitch: started.stats() }),
      checks: [{ name: 'media', run: async () => started.assertUsable() }],
    };
  }
  const started = startRtpEngine({
    host: media.host,
    ...(media.advertisedAddress === undefined ? {} : { advertisedAddress: media.advertisedAddress }),
    portRange: { from: media.rtpPorts.min, to: media.rtpPorts.max },
    timeoutMs: media.timeoutMs,
    log: log.child({ part: 'rtp' }),
    clock,
  });
  return { engine: started, stats: () => ({ rtp: started.stats() }), checks: [] };
}

/** Whether an address lies in one of the blocks. */
export function admitsBlocks(blocks: readonly Cidr[]): (address: string) => boolean {
  return (text) => {
    const address = parseIpAddress(text);
    return address !== undefined && blocks.some((block) => cidrContains(block, address));
  };
}

/** The SIP agent that drachtio-srf is connected to. */
export interface HubSip {
  readonly application: { host: string; port: number; secret: string };
  /** Where calls come to; 0: that is drachtio-server's business. */
  readonly port: number;
  /** For people. */
  readonly where: string;
  stats(): { sip?: SipAgentStats };
  close(): Promise<void>;
}

/** Starts the embedded SIP agent, unless a drachtio-server is configured. @throws SipAgentError */
export async function openSip(
  config: Pick<HubConfig, 'drachtio' | 'sip' | 'media' | 'sipConnections'>,
  { clock, log }: EngineDeps,
  faults: Pick<SipAgentOptions, 'datagramFilter' | 'timing'> = {},
): Promise<HubSip> {
  const { drachtio, sip, media } = config;
  if (drachtio) {
    const where = `drachtio-server at ${drachtio.host}:${drachtio.port}`;
    return { application: drachtio, port: 0, where, stats: () => ({}), close: async () => {} };
  }
  const agent = await startSipAgent({
    host: sip.host,
    port: sip.port,
    transports: sip.transports,
    ...(media.advertisedAddress === undefined ? {} : { advertisedHost: media.advertisedAddress }),
    followsSource: (address) => matchSipConnection(config.sipConnections, address)?.nat.signalling === 'source',
    log: log.child({ part: 'sip' }),
    clock,
    ...faults,
  });
  return {
    application: { host: '127.0.0.1', port: agent.applicationPort, secret: agent.applicationSecret },
    port: agent.port,
    where: `${agent.host}:${agent.port}`,
    stats: () => ({ sip: agent.stats() }),
    close: () => agent.close(),
  };
}
