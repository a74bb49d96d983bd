import { networkInterfaces } from 'node:os';
import type { HubConfig } from '../../config/types.ts';
import type { DoctorCheck, Finding } from '../../doctor/check.ts';
import { portAdvice, tryTcp, tryUdp } from '../../doctor/ports.ts';
import { trialCall } from '../../doctor/trial-call.ts';
import { startRtpEngine } from '../../engines/embedded/rtp/engine.ts';
import { isPublicAddress } from '../../net/public-address.ts';
import { trialFinding } from './trial.ts';

type Settings = Pick<HubConfig, 'sip' | 'media'>;

/** RTP ports that are tried, spread over the range. */
const SAMPLE = 64;

/** Checks of the embedded engine. `hubRuns`: a hub on this machine has the SIP port. */
export function embeddedChecks({ sip, media }: Settings, hubRuns: () => boolean): DoctorCheck[] {
  const ports = 'RTP ports';
  return [
    {
      name: `SIP port ${sip.host}:${sip.port}`,
      run: async () => {
        if (hubRuns()) return { status: 'ok', message: 'the running hub has it' };
        for (const transport of sip.transports) {
          const problem = await (transport === 'udp' ? tryUdp : tryTcp)(sip.host, sip.port);
          if (problem === undefined) continue;
          const message = `${transport.toUpperCase()} cannot be listened on: ${problem}`;
          return { status: 'failed', message, advice: portAdvice(problem, 'sip.port', sip.host) };
        }
        return { status: 'ok', message: `free for ${sip.transports.join(' and ')}` };
      },
    },
    { name: ports, run: () => checkRtpPorts(media, hubRuns()) },
    { name: 'addresses', run: async () => checkAddresses({ sip, media }) },
    {
      name: 'call',
      needs: [ports],
      run: async (signal) => {
        const engine = startRtpEngine({
          host: media.host === 'localhost' ? '127.0.0.1' : media.host,
          ...(media.advertisedAddress === undefined ? {} : { advertisedAddress: callableAddress(media.host) }),
          portRange: { from: media.rtpPorts.min, to: media.rtpPorts.max },
          workers: 1,
          drainMs: 0,
          log: { warn: () => {}, error: () => {} },
        });
        try {
          return trialFinding(await trialCall(engine, signal));
        } finally {
          await engine.close();
        }
      },
    },
  ];
}

/** For a call within this machine, which need not get as far as the advertised address and back. */
function callableAddress(host: string): string {
  return host === '0.0.0.0' || host === 'localhost' ? '127.0.0.1' : host === '::' ? '::1' : host;
}

async function checkRtpPorts({ host, rtpPorts }: Settings['media'], hubRuns: boolean): Promise<Finding> {
  const { min, max } = rtpPorts;
  const step = Math.max(1, Math.floor((max - min + 1) / SAMPLE));
  let tried = 0;
  let taken = 0;
  for (let port = min; port <= max; port += step) {
    const problem = await tryUdp(host, port);
    tried++;
    if (problem === 'EADDRINUSE') taken++;
    else if (problem !== undefined) {
      const message = `UDP port ${port} cannot be listened on: ${problem}`;
      return { status: 'failed', message, advice: portAdvice(problem, 'media.rtpPorts', host) };
    }
  }
  const message = `${min}-${max}, room for ${Math.floor((max - min + 1) / 2)} calls; of ${tried} that were tried ${taken} are taken`;
  if (taken === 0 || (hubRuns && taken < tried)) return { status: 'ok', message };
  const advice =
    'other programs use ports of the range: choose another one, below the ports that the kernel gives away (32768)';
  return { status: taken === tried ? 'failed' : 'warning', message, advice };
}

function checkAddresses({ sip, media }: Settings): Finding {
  const told = media.advertisedAddress ?? media.host;
  const message = `callers are told ${told}, for SIP and for audio`;
  if (media.advertisedAddress !== undefined) {
    const own = Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map(({ address }) => address));
    if (own.includes(media.advertisedAddress)) return { status: 'ok', message };
    const { min, max } = media.rtpPorts;
    const advice = `no interface of this machine has it: see that the router passes ${sip.port} (SIP) and ${min}-${max} UDP (audio) on to this machine`;
    return { status: 'warning', message, advice };
  }
  if (told === 'localhost' || told.startsWith('127.') || told === '::1') {
    const advice =
      'only programs on this machine can call: set sip.host and media.host to an address that callers reach';
    return { status: 'warning', message, advice };
  }
  if (isPublicAddress(told)) return { status: 'ok', message };
  const advice =
    'this is a private address: callers from the internet need media.advertisedAddress, and a router that passes the ports on';
  return { status: 'warning', message, advice };
}
