import { pino } from 'pino';
import { expect, onTestFinished, test } from 'vitest';
import type { EndReason } from '../calls/end-reason.ts';
import { FakeMediaEngine } from '../media/fake-engine.ts';
import { VirtualClock } from '../media/virtual-clock.ts';
import type { LegControl } from './call-application.ts';
import { InboundCall } from './inbound-call.ts';
import { FakeInvite } from './testing.ts';

/** A call behind NAT, or (undefined) not. */
async function made(contactHost: string | undefined) {
  const clock = new VirtualClock();
  const invite = new FakeInvite();
  let control: LegControl | undefined;
  const { promise: ended, resolve } = Promise.withResolvers<EndReason>();
  const call = new InboundCall({
    invite: invite.invite,
    record: {
      ...{ id: 'id', sipCallId: '', direction: 'inbound', remote: '', sipConnection: 'c', routingRule: 'r' },
      ...{ calling: { user: '+1', host: 'h', displayName: undefined }, called: { user: '+2', host: 'g' } },
      ...{ destination: { bot: 'demo' }, conversationId: 'id' },
    },
    settings: { contactHost },
    media: new FakeMediaEngine({ clock, timeoutMs: 10_000 }),
    start: (context) => {
      control = context.control;
      return { callerHungUp: resolve, end: resolve, ended };
    },
    observer: { changed: () => {}, answered: () => {}, media: () => {}, turn: () => {} },
    clock,
    log: pino({ level: 'silent' }),
  });
  onTestFinished(async () => {
    call.terminate({ category: 'api', by: 'operator', text: 'enough' });
    await call.released;
  });
  await clock.run(0);
  return { invite, control };
}

test.each(['ringing', 'early-media'] as const)(
  '%s tells the address that the SIP connection says, as the answer does: a dialog begins with it (RFC 3261 12.1.1)',
  async (progress) => {
    const { invite, control } = await made('203.0.113.5:5060');
    control?.progress?.(progress);
    expect(invite.headers.Contact).toBe('<sip:203.0.113.5:5060>');
    const plain = await made(undefined);
    plain.control?.progress?.(progress);
    expect(plain.invite.headers).not.toHaveProperty('Contact');
  },
);
