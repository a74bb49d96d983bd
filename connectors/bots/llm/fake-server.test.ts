import { expect, test } from 'vitest';
import { VirtualClock } from '../../../src/media/virtual-clock.ts';
import { FakeLlmServer } from './fake-server.ts';

test('a key has 500 requests a minute, and each answer tells how many are left', async () => {
  const clock = new VirtualClock();
  const server = new FakeLlmServer({ clock });
  const url = await server.listen();
  const ask = async () => {
    const body = JSON.stringify({ model: 'fake-model', stream: true, messages: [{ role: 'user', content: 'hi' }] });
    const response = await fetch(`${url}/chat/completions`, { method: 'POST', body });
    const text = await response.text();
    return { status: response.status, left: response.headers.get('x-ratelimit-remaining-requests'), response, text };
  };
  while (server.quota.remaining > 1) server.quota.take();
  expect(server.quota.used).toBe(499);
  expect(await ask()).toMatchObject({ status: 200, left: '0' });
  const { status, response, text } = await ask();
  expect([status, response.headers.get('retry-after')]).toEqual([429, '60']);
  expect(text).toContain('Rate limit reached for fake-model');
  clock.advance(60_000);
  expect(await ask()).toMatchObject({ status: 200, left: '499' });
  await server.close();
});
