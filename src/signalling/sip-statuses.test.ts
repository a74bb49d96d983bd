import { expect, test } from 'vitest';
import { systemClock } from '../clock.ts';
import { startSipAgent } from '../engines/embedded/sip/agent.ts';
import { headerValue } from '../engines/embedded/sip/message.ts';
import { TestPeer } from '../engines/embedded/sip/test-peer.ts';
import { SipClient } from './sip-client.ts';

test.each([
  [469, 'Bad Info Package'],
  [486, 'Busy Here'],
  [607, 'Unwanted'],
  [499, 'Refused'],
  [699, 'Refused'],
])('a refusal with %i goes out', async (status, reason) => {
  await using stack = new AsyncDisposableStack();
  const agent = await startSipAgent({ host: '127.0.0.1', port: 0, transports: ['udp'], clock: systemClock });
  stack.defer(() => agent.close());
  const errors: unknown[] = [];
  const { applicationPort: port, applicationSecret: secret } = agent;
  const client = new SipClient({ host: '127.0.0.1', port, secret, onError: (error) => errors.push(error) });
  stack.defer(() => client.close());
  await client.connect();
  client.onInvite((invite) => invite.reject(status));
  const peer = await TestPeer.udp(agent);
  stack.defer(() => peer.close());
  const ids = { callId: `call-${status}@test`, from: '<sip:tester@127.0.0.1>;tag=t', branch: `z9hG4bK-${status}` };
  peer.send(peer.text('INVITE', ids));
  const response = await peer.response();
  expect([response?.status, response?.reason]).toEqual([status, reason]);
  const to = response && headerValue(response, 'to');
  peer.send(peer.text('ACK', { ...ids, ...(to === undefined ? {} : { to }) }));
  expect(errors).toEqual([]);
});
