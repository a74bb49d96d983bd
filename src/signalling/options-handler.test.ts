import { expect, it } from 'vitest';
import { answerOptions } from './options-handler.ts';

const options = {
  connectionOf: (address: string) => (address === '192.0.2.1' ? 'a' : undefined),
  draining: () => false,
};

it.each([
  ['a connection', '192.0.2.1', options, 200],
  ['a stranger', '192.0.2.2', options, 403],
  ['a connection, while the hub is being stopped', '192.0.2.1', { ...options, draining: () => true }, 503],
  ['a stranger then', '192.0.2.2', { ...options, draining: () => true }, 403],
])('%s', (_, address, given, status) => {
  expect(answerOptions(address, given).status).toBe(status);
});

it('tells what is understood, to those who may know', () => {
  expect(answerOptions('192.0.2.1', options).headers).toMatchObject({
    Allow: expect.stringContaining('INVITE'),
    Accept: 'application/sdp',
    Supported: '100rel',
  });
  expect(answerOptions('192.0.2.2', options).headers).toEqual({});
});
