import { messageOf } from '../errors.ts';
import { SipClient } from '../signalling/sip-client.ts';
import { SipError } from '../signalling/sip-error.ts';
import { CallFailure } from './outcome.ts';
import type { CallerDialog, CallerUserAgent, DialogEnd, InviteOptions } from './user-agent.ts';

/** A SIP agent of the caller's own: what it needs to be reached, and how to stop it. */
export interface CallerAgent {
  /** drachtio's application port. */
  host: string;
  port: number;
  secret: string;
  close(): Promise<void>;
}

/**
 * The caller's user agent: drachtio-srf on a SIP agent that listens on a port of its own.
 * @throws CallFailure `user_agent_failed`
 */
export async function openSipUserAgent(agent: CallerAgent): Promise<CallerUserAgent> {
  const client = new SipClient({
    host: agent.host,
    port: agent.port,
    secret: agent.secret,
    onError: () => {
      // the INVITE or BYE that the trouble belongs to fails by itself
    },
  });
  let closed = false;
  try {
    await client.connect();
  } catch (error) {
    client.close();
    await agent.close();
    throw new CallFailure('user_agent_failed', `the caller's SIP agent: ${messageOf(error)}`, { cause: error });
  }
  return {
    invite: (options) => invite(client, options),
    async close() {
      if (closed) return;
      closed = true;
      client.close();
      await agent.close();
    },
  };
}

async function invite(client: SipClient, options: InviteOptions): Promise<CallerDialog> {
  try {
    const dialog = await client.call(options.to, {
      localSdp: options.localSdp,
      headers: {
        ...options.headers,
        From: `${quoted(options.displayName)}<${options.from}>`,
        'User-Agent': 'Patchbay caller',
      },
      signal: options.signal,
      onProvisional: ({ status }) => options.onProvisional(status),
      onCallId: options.onSent,
    });
    let byCaller = false;
    const ended = new Promise<DialogEnd>((resolve) => {
      dialog.once('ended', ({ reason }) =>
        resolve({ by: byCaller ? 'caller' : 'hub', reason: reason === '' ? undefined : reason }),
      );
    });
    return {
      remoteSdp: dialog.remoteSdp,
      ended,
      async sendInfo(info) {
        try {
          await dialog.info(info);
          return 200;
        } catch (error) {
          if (error instanceof SipError && error.status !== undefined) return error.status;
          throw error;
        }
      },
      onInfo(listener) {
        dialog.on('info', ({ contentType, body }, respond) => {
          respond({ status: 200, headers: {} });
          listener({ contentType, body });
        });
      },
      async hangUp() {
        byCaller = true;
        await dialog.hangup();
      },
    };
  } catch (error) {
    if (!(error instanceof SipError)) throw error;
    const { status } = error;
    if (status === undefined) throw new CallFailure('call_unanswered', error.message, { cause: error });
    const code = status === 408 ? 'call_unanswered' : 'call_refused';
    throw new CallFailure(code, `the call was refused with ${status}`, { sipStatus: status, cause: error });
  }
}

/** A display name as a quoted string with the space behind it (RFC 3261 25.1); '' for none. */
function quoted(displayName: string | undefined): string {
  return displayName === undefined ? '' : `"${displayName.replace(/["\\]/g, '\\$&')}" `;
}
