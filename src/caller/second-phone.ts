import type { Clock } from '../clock.ts';
import { startSipAgent } from '../engines/embedded/sip/agent.ts';
import { type MediaEndpoint, type MediaEngine, MediaError } from '../media/port.ts';
import { addSine } from '../media/tone.ts';
import type { IncomingInvite } from '../signalling/incoming-invite.ts';
import { SipClient } from '../signalling/sip-client.ts';

const HOST = '127.0.0.1';
const TONE_MS = 20_000;
const TONE_AMPLITUDE = 8_000;

export interface SecondPhoneOptions {
  /** Final response to whoever calls. */
  status: number;
  /** It rings so long. */
  rings_ms: number;
  /** What it says when it has answered; absent: nothing. */
  tone_hz?: number | undefined;
}

/** An INVITE, as it came. */
export interface SeenInvite {
  uri: string;
  headers: ReadonlyMap<string, readonly string[]>;
  /** The clock's reading. */
  at: number;
}

/** A telephone on a port of its own, which is called. */
export interface SecondPhone extends AsyncDisposable {
  readonly sipPort: number;
  readonly invites: readonly SeenInvite[];
}

/** @throws SipAgentError when it cannot listen */
export async function openSecondPhone(
  options: SecondPhoneOptions,
  { media, clock }: { media: MediaEngine; clock: Clock },
): Promise<SecondPhone> {
  const agent = await startSipAgent({ host: HOST, port: 0, transports: ['udp', 'tcp'], product: 'Patchbay phone' });
  const client = new SipClient({
    host: HOST,
    port: agent.applicationPort,
    secret: agent.applicationSecret,
    onError: () => {}, // the call that the trouble belongs to fails by itself
  });
  const invites: SeenInvite[] = [];
  const endpoints = new Set<MediaEndpoint>();
  client.onInvite((invite) => {
    invites.push({ uri: invite.requestUri, headers: invite.headers, at: clock.now() });
    invite.ringing();
    clock.after(options.rings_ms, () => {
      if (options.status > 299) invite.reject(options.status);
      else void answer(invite).catch((error: unknown) => invite.reject(error instanceof MediaError ? 488 : 500));
    });
  });

  async function answer(invite: IncomingInvite): Promise<void> {
    const endpoint = await media.createEndpoint({ callId: invite.callId });
    endpoints.add(endpoint);
    const dialog = await invite.accept(await endpoint.answer(invite.sdp));
    dialog.once('ended', () => void endpoint.close());
    if (options.tone_hz === undefined) return;
    const samples = new Int16Array((endpoint.sampleRate * TONE_MS) / 1000);
    addSine(samples, options.tone_hz, TONE_AMPLITUDE, endpoint.sampleRate, 0);
    endpoint.playout.write(samples);
  }

  try {
    await client.connect();
  } catch (error) {
    client.close();
    await agent.close();
    throw error;
  }
  return {
    sipPort: agent.port,
    invites,
    async [Symbol.asyncDispose]() {
      await Promise.all([...endpoints].map((endpoint) => endpoint.close()));
      client.close();
      await agent.close();
    },
  };
}
