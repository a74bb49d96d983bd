import { pino } from 'pino';
import { expect, test } from 'vitest';
import { systemClock } from '../clock.ts';
import { startSipAgent } from '../engines/embedded/sip/agent.ts';
import { headerValue } from '../engines/embedded/sip/message.ts';
import { TestPeer } from '../engines/embedded/sip/test-peer.ts';
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
const nobodysTypes = { Accept: 'application/dtmf-relay, application/dtmf', 'Accept-Encoding': 'identity' };

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
    headers: {
      Accept: 'application/json, a/b, application/dtmf-relay, application/dtmf',
      'Accept-Encoding': 'identity',
    },
  });
  expect(said[0]).toEqual({ ...fields, contentEncoding: '' });
});

test('on the wire: every refusal says what would be taken, compact names count, and the call goes on', async () => {
  await using stack = new AsyncDisposableStack();
  const agent = await startSipAgent({ host: '127.0.0.1', port: 0, transports: ['udp'], clock: systemClock });
  stack.defer(() => agent.close());
  const { applicationPort: port, applicationSecret: secret } = agent;
  const client = new SipClient({ host: '127.0.0.1', port, secret, onError: () => {} });
  stack.defer(() => client.close());
  await client.connect();
  const peer = await TestPeer.udp(agent);
  stack.defer(() => peer.close());
  const calling = client.call(`sip:callee@127.0.0.1:${peer.port}`, { localSdp: OFFER });
  const invite = await peer.request('INVITE');
  if (invite === undefined) throw new Error('no INVITE came');
  const extra = [`Contact: <sip:callee@127.0.0.1:${peer.port}>`, 'Content-Type: application/sdp'];
  peer.send(peer.answer(invite, 200, { tag: 'c', extra, body: OFFER }));
  const dialog = await calling;
  const taken: IncomingInfo[] = [];
  dialog.on('info', (received, respond) =>
    respond(
      responseToInfo(received, ({ contentType }) => {
        if (contentType !== 'application/json') return { status: 415, accept: ['application/json'] };
        taken.push(received);
        return { status: 200 };
      }),
    ),
  );
  let cseq = 0;
  const send = async (fields: string[], body = '') => {
    cseq += 1;
    const ids = {
      from: `${headerValue(invite, 'to')};tag=c`,
      to: headerValue(invite, 'from') ?? '',
      callId: headerValue(invite, 'call-id') ?? '',
    };
    peer.send(peer.text('INFO', { ...ids, cseq, extra: fields, body }));
    const response = await peer.response();
    return { status: response?.status, header: (name: string) => response && headerValue(response, name) };
  };
  expect((await send(['c: application/json'], '{"a":1}')).status).toBe(200);
  expect(taken).toMatchObject([{ contentType: 'application/json', body: '{"a":1}' }]);
  const refused = await send(['Content-Type: application/dtmf-relay'], 'Signal=5');
  expect([refused.status, refused.header('accept'), refused.header('accept-encoding')]).toEqual([
    415,
    'application/json, application/dtmf-relay, application/dtmf',
    'identity',
  ]);
  const packaged = await send(['Info-Package: infoDtmf', 'Content-Type: application/json'], '{}');
  expect([packaged.status, packaged.header('recv-info')]).toEqual([469, '']);
  expect(dialog.ended).toBe(false);
  const ending = dialog.hangup();
  const bye = await peer.request('BYE');
  if (bye !== undefined) peer.send(peer.answer(bye, 200));
  await ending;
});
