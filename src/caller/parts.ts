import { systemClock } from '../clock.ts';
import { startRtpEngine } from '../engines/embedded/rtp/engine.ts';
import { startSipAgent } from '../engines/embedded/sip/agent.ts';
import type { MediaEngine } from '../media/port.ts';
import { openSecondPhone, type SecondPhone, type SecondPhoneOptions } from './second-phone.ts';
import { openSipUserAgent } from './sip-user-agent.ts';
import type { CallerUserAgent } from './user-agent.ts';

/** The caller listens and sends on loopback only. */
const HOST = '127.0.0.1';
/** A caller needs one port; the others stand in for those that somebody else has. Outside the hub's default range. */
const PORTS_TO_TRY = 200;
const FIRST_PORT = 42_000;
const LAST_PORT = 60_000;

export interface CallerParts extends AsyncDisposable {
  userAgent: CallerUserAgent;
  media: MediaEngine;
  /** A telephone that transfers go to. */
  openPhone(options: SecondPhoneOptions): Promise<SecondPhone>;
}

/**
 * The caller's own SIP agent and media engine: it shares nothing with a hub in another process but the network.
 * @throws CallFailure or SipAgentError when its sockets cannot be opened
 */
export async function openCallerParts(): Promise<CallerParts> {
  const agent = await startSipAgent({
    host: HOST,
    port: 0,
    transports: ['udp', 'tcp'],
    product: 'Patchbay caller',
  });
  const userAgent = await openSipUserAgent({
    host: HOST,
    port: agent.applicationPort,
    secret: agent.applicationSecret,
    close: () => agent.close(),
  });
  const from = FIRST_PORT + 2 * Math.floor((Math.random() * (LAST_PORT - FIRST_PORT - 2 * PORTS_TO_TRY)) / 2);
  const media = startRtpEngine({
    host: HOST,
    portRange: { from, to: from + 2 * PORTS_TO_TRY - 1 },
    workers: 1,
    drainMs: 0,
    log: { warn: () => {}, error: () => {} },
  });
  return {
    userAgent,
    media,
    openPhone: (options) => openSecondPhone(options, { media, clock: systemClock }),
    async [Symbol.asyncDispose]() {
      // the media threads keep no process alive; the agent's sockets do until they have stopped
      await media.close();
      await userAgent.close();
    },
  };
}
