import type { HubConfig } from '../../config/types.ts';
import type { DoctorCheck, Finding } from '../../doctor/check.ts';
import { trialCall } from '../../doctor/trial-call.ts';
import { DrachtioLink } from '../../engines/freeswitch/drachtio-link.ts';
import { startFreeSwitchEngine } from '../../engines/freeswitch/engine.ts';
import { FreeSwitchError } from '../../engines/freeswitch/errors.ts';
import { EventSocket } from '../../engines/freeswitch/event-socket.ts';
import { missingModules, profileFacts, versionOf } from '../../engines/freeswitch/inspect.ts';
import { admitsBlocks } from '../engine.ts';
import { trialFinding } from './trial.ts';

type Settings = Required<Pick<HubConfig, 'audioSocket'>> & {
  drachtio: NonNullable<HubConfig['drachtio']>;
  freeswitch: NonNullable<HubConfig['freeswitch']>;
};
type Server = Settings['freeswitch'][number];

const SILENT = { info: () => {}, warn: () => {}, error: () => {} };
const TIMEOUT_MS = 5_000;
export const DRACHTIO = 'drachtio-server';

/** Checks of `engine: freeswitch`. `hubRuns`: a hub on this machine has the audio socket's port. */
export function freeSwitchChecks(settings: Settings, hubRuns: () => boolean): DoctorCheck[] {
  const { drachtio } = settings;
  return [
    {
      name: DRACHTIO,
      run: () => checkDrachtio(drachtio),
      adviceFor: (error) =>
        /authenticate/i.test(String(error))
          ? `the secret is not drachtio-server's: set the same in its configuration (<admin secret="...">) and in drachtio.secret`
          : `see that drachtio-server runs, that its <admin> listens on an address that this machine reaches (port ${drachtio.port}), and that no firewall is between them`,
    },
    ...settings.freeswitch.flatMap((server) => serverChecks(server, settings, hubRuns)),
  ];
}

async function checkDrachtio({ host, port, secret }: Settings['drachtio']): Promise<Finding> {
  const link = new DrachtioLink(SILENT);
  try {
    const { version, listensOn } = await link.connect({ host, port, secret });
    const where = listensOn.join(', ') || 'no known address';
    const message = `${host}:${port} is there (${version ?? 'version not told'}), listens for SIP on ${where}`;
    if (listensOn.length > 0 && listensOn.every(isLoopback)) {
      const advice =
        'only programs on its own machine can call: add a <contact> with an address that your carriers reach, and external-ip where it is behind NAT';
      return { status: 'warning', message, advice };
    }
    return { status: 'ok', message };
  } finally {
    link.close();
  }
}

/** `udp/127.0.0.1:5060` */
function isLoopback(contact: string): boolean {
  return /[/:[]127\.|\/\[?::1\]?:|localhost/.test(contact);
}

function serverChecks(server: Server, settings: Settings, hubRuns: () => boolean): DoctorCheck[] {
  const { host, port, profile } = server;
  const name = `FreeSWITCH ${host}:${port}`;
  const withEvents = async (look: (events: EventSocket) => Promise<Finding>): Promise<Finding> => {
    const events = await EventSocket.open({ host, port, secret: server.secret, timeoutMs: TIMEOUT_MS });
    try {
      return await look(events);
    } finally {
      events.close();
    }
  };
  return [
    {
      name,
      run: () => withEvents(async (events) => ({ status: 'ok', message: `version ${await versionOf(events)}` })),
      adviceFor: adviceForServer(server),
    },
    {
      name: `${name} modules`,
      needs: [name],
      run: () =>
        withEvents(async (events) => {
          const missing = await missingModules(events);
          if (missing.length === 0) return { status: 'ok', message: 'all that are needed are loaded' };
          const what = missing.includes('mod_audio_fork')
            ? ' mod_audio_fork does not come with FreeSWITCH: use an image that has it, or build jambonz/freeswitch-modules (the bidirectional version)'
            : '';
          const advice = `load them in autoload_configs/modules.conf.xml.${what}`;
          return { status: 'failed', message: `not loaded: ${missing.join(', ')}`, advice };
        }),
      adviceFor: adviceForServer(server),
    },
    {
      name: `${name} profile`,
      needs: [name],
      run: () => withEvents((events) => checkProfile(events, profile)),
      adviceFor: adviceForServer(server),
    },
    {
      name: `${name} call`,
      needs: [DRACHTIO, name, `${name} modules`, `${name} profile`],
      run: (signal) => tryServer(server, settings, hubRuns(), signal),
      adviceFor: adviceForCall(settings),
    },
  ];
}

async function checkProfile(events: EventSocket, profile: string): Promise<Finding> {
  const facts = await profileFacts(events, profile);
  if (facts === undefined) {
    const advice =
      'name the sofia profile that drachtio-server is to call in freeswitch[].profile, or make it: freeswitch/ has one';
    return { status: 'failed', message: `there is no sofia profile '${profile}'`, advice };
  }
  if (facts.missingCodecs.length > 0) {
    const advice = `add them to global_codec_prefs, or to codec-prefs of the profile: the hub speaks G.711`;
    return { status: 'failed', message: `${profile} does not offer ${facts.missingCodecs.join(' and ')}`, advice };
  }
  const told = facts.advertisedRtpAddress ?? '';
  const message = `${profile} offers PCMU and PCMA, and tells callers to send audio to ${told}`;
  if (!told.startsWith('127.') && told !== '::1') return { status: 'ok', message };
  const advice = 'callers on other machines hear nothing: set ext-rtp-ip of the profile to the address that they reach';
  return { status: 'warning', message, advice };
}

/** A call between two channels of this FreeSWITCH, each with the hub at its other end. */
async function tryServer(server: Server, settings: Settings, hubRuns: boolean, signal: AbortSignal): Promise<Finding> {
  const { addresses, ...rest } = server;
  const { audioSocket, drachtio } = settings;
  const engine = await startFreeSwitchEngine({
    drachtio,
    servers: [{ ...rest, maxCalls: 2, admits: admitsBlocks(addresses) }],
    audioSocket: { ...audioSocket, port: hubRuns ? 0 : audioSocket.port },
    log: SILENT,
  });
  try {
    engine.assertUsable();
    const finding = trialFinding(await trialCall(engine, signal));
    if (finding.status !== 'ok' || !hubRuns) return finding;
    const message = `${finding.message} (through another port than the audio socket's, which the running hub has)`;
    return { ...finding, message };
  } finally {
    await engine.close();
  }
}

function adviceForServer({ host, port }: Server): (error: unknown) => string | undefined {
  return (error) => {
    if (!(error instanceof FreeSwitchError)) return undefined;
    switch (error.code) {
      case 'freeswitch_unreachable':
        return `see that FreeSWITCH runs with mod_event_socket, that its listen-ip is reached from here (${host}:${port}), and that no firewall is between them`;
      case 'freeswitch_wrong_secret':
        return 'set the same password in autoload_configs/event_socket.conf.xml and in freeswitch[].secret';
      case 'freeswitch_not_admitted':
        return 'add the address of this machine to the list that apply-inbound-acl of event_socket.conf.xml names (acl.conf.xml)';
      case 'freeswitch_silent':
        return 'it is connected and does not answer: it is overloaded or hangs; its log tells more';
      case 'freeswitch_incomplete':
      case 'freeswitch_refused':
      case 'freeswitch_gone':
        return 'see the log of FreeSWITCH';
    }
  };
}

function adviceForCall({ audioSocket }: Settings): (error: unknown) => string | undefined {
  return (error) => {
    const text = String(error instanceof Error ? error.message : error);
    if (text.includes('audio socket')) {
      return `FreeSWITCH has to reach port ${audioSocket.port} of this machine: set audioSocket.host, and audioSocket.advertisedAddress where it reaches it by another address`;
    }
    if (text.includes('makes no channel') || text.includes('Connection timeout')) {
      return 'FreeSWITCH took the call but did not connect to the hub: its dialplan has to run `socket` towards the address in X-esl-outbound, `async full`, and it has to reach this machine (audioSocket.host)';
    }
    if (text.includes('EADDRINUSE'))
      return `another program has port ${audioSocket.port}: set another audioSocket.port`;
    if (text.includes('response: 603')) {
      return 'its dialplan does not know the hub: FREESWITCH_HUB_NETWORK of freeswitch/ has to hold the address that audioSocket tells';
    }
    if (text.includes('refuses a channel')) {
      return 'drachtio-server has to reach the SIP address that `sofia status` shows, and FreeSWITCH to let it in (apply-inbound-acl, sip profile)';
    }
    return 'see the logs of drachtio-server and FreeSWITCH';
  };
}
