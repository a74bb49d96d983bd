import { pino } from 'pino';
import { expect, test } from 'vitest';
import { systemClock } from '../clock.ts';
import { startSipAgent } from '../engines/embedded/sip/agent.ts';
import { type IncomingInfo, responseToInfo } from './info.ts';
import { SipClient } from './sip-client.ts';
import type { SipDialog } from './sip-dialog.ts';
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
  let answer: ReturnType<typeof responseToInfo> = { status: 200, headers: {} };
  for (const dialog of [caller, callee]) {
    dialog.on('info', (info, respond) => {
      seen.push(info);
      respond(answer);
    });
  }
  const info = { contentType: 'application/json', body: '{"order":7}' };
  await callee.info(info);
  await caller.info(info);
  const received = { ...info, contentEncoding: '', infoPackage: '' };
  expect(seen).toEqual([received, received]);
  answer = responseToInfo(received);
  await expect(callee.info(info)).rejects.toMatchObject({ code: 'sip_rejected', status: 415 });
  const ended = new Promise((resolve) => caller.once('ended', resolve));
  await callee.hangup({ Reason: 'SIP;cause=200;text="done"', 'X-Result': 'sold' });
  await ended;
  expect(errors).toEqual([]);
});

const info = (fields: Partial<IncomingInfo>): IncomingInfo => ({
  contentType: '',
  contentEncoding: '',
  infoPackage: '',
  body: '',
  ...fields,
});
const nobodysTypes = { Accept: '', 'Accept-Encoding': 'identity' };

test.each([
  ['nothing in it', {}, 200, {}],
  ['a body that nobody takes', { contentType: 'application/json', body: '{}' }, 415, nobodysTypes],
  ['a package', { infoPackage: 'g.3gpp.mcptt', body: 'x' }, 469, { 'Recv-Info': '' }],
  ['a package without a body', { infoPackage: 'conference' }, 469, { 'Recv-Info': '' }],
])('INFO with %s, and nobody to take it', (_, fields, status, headers) => {
  expect(responseToInfo(info(fields))).toEqual({ status, headers });
});

test('what the receiver says is said, with the types that it takes', () => {
  const said: unknown[] = [];
  const fields = { contentType: 'text/plain', body: 'x' };
  const respond = (answer: ReturnType<NonNullable<Parameters<typeof responseToInfo>[1]>>) =>
    responseToInfo(info(fields), (taken) => {
      said.push(taken);
      return answer;
    });
  expect(respond({ status: 413 })).toEqual({ status: 413, headers: {} });
  expect(respond({ status: 415, accept: ['application/json', 'a/b'] })).toEqual({
    status: 415,
    headers: { Accept: 'application/json, a/b', 'Accept-Encoding': 'identity' },
  });
  expect(said[0]).toEqual({ ...fields, contentEncoding: '' });
});
