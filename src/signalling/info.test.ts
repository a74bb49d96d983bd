import { pino } from 'pino';
import { expect, test } from 'vitest';
import { systemClock } from '../clock.ts';
import { startSipAgent } from '../engines/embedded/sip/agent.ts';
import { SipClient, type SipDialog } from './sip-client.ts';
import { OFFER } from './testing.ts';

test('INFO goes through a dialog of the embedded agent, both ways, and a refusal is an error', async () => {
  await using stack = new AsyncDisposableStack();
  const log = pino({ level: 'silent' });
  const agent = await startSipAgent({ host: '127.0.0.1', port: 0, transports: ['udp'], log, clock: systemClock });
  stack.defer(() => agent.close());
  const errors: unknown[] = [];
  const client = new SipClient({
    host: '127.0.0.1',
    port: agent.applicationPort,
    secret: agent.applicationSecret,
    onError: (error) => errors.push(error),
  });
  stack.defer(() => client.close());
  await client.connect();
  const accepted = Promise.withResolvers<SipDialog>();
  client.onInvite((invite) => void invite.accept(OFFER).then(accepted.resolve, accepted.reject));
  const caller = await client.call(`sip:hub@127.0.0.1:${agent.port}`, { localSdp: OFFER });
  const callee = await accepted.promise;

  const seen: unknown[] = [];
  let status = 200;
  for (const dialog of [caller, callee]) {
    dialog.on('info', (info, respond) => {
      seen.push(info);
      respond(status);
    });
  }
  const info = { contentType: 'application/json', body: '{"order":7}' };
  await callee.info(info);
  await caller.info(info);
  expect(seen).toEqual([info, info]);
  status = 415;
  await expect(callee.info(info)).rejects.toMatchObject({ code: 'sip_rejected', status: 415 });
  const ended = new Promise((resolve) => caller.once('ended', resolve));
  await callee.hangup({ Reason: 'SIP;cause=200;text="done"', 'X-Result': 'sold' });
  await ended;
  expect(errors).toEqual([]);
});
