import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { createGuardedFetcher, type GuardedFetcher, type PostOptions } from '../net/guarded-fetcher.ts';
import { MetaDataSender } from './meta-data-sender.ts';
import type { CallControl } from './ports.ts';

function sender(fetcher: GuardedFetcher | undefined, control: Pick<CallControl, 'sendInfo'> = {}) {
  const warnings: string[] = [];
  const abort = new AbortController();
  const warn = (message: string, { error }: Readonly<Record<string, unknown>>) => warnings.push(`${message}: ${error}`);
  return { made: new MetaDataSender({ fetcher, control, warn, signal: abort.signal }), warnings, abort };
}

const target = { url: 'http://127.0.0.1/', timeoutMs: 1000, username: '', password: '' };
const settled = () => new Promise((resolve) => setImmediate(resolve));

/** A fetcher whose posts the test settles. */
function manual() {
  const posts: { url: string; options: PostOptions; done: PromiseWithResolvers<void> }[] = [];
  const fetcher: GuardedFetcher = {
    get: () => Promise.reject(new Error('not here')),
    exchange: () => Promise.reject(new Error('not here')),
    post: (url, options) => {
      const done = Promise.withResolvers<void>();
      posts.push({ url, options, done });
      return done.promise;
    },
    close: async () => {},
  };
  return { fetcher, posts };
}

test('posts JSON with Basic credentials to a real server on a private address that the administrator has named', async () => {
  const seen = Promise.withResolvers<unknown[]>();
  const server = createServer(async (request, response) => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of request) chunks.push(chunk as Uint8Array);
    response.end();
    seen.resolve([request.method, request.url, request.headers.authorization, Buffer.concat(chunks).toString()]);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const fetcher = createGuardedFetcher({ allowPrivateNetworks: false, allowHosts: [] });
  const posted: Promise<void>[] = [];
  const watched: GuardedFetcher = {
    ...fetcher,
    post: (...args) => {
      const posting = fetcher.post(...args);
      posted.push(posting);
      return posting;
    },
  };
  const { made, warnings } = sender(watched);
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/crm`;
  made.send({ a: [1, 'ü'] }, { ...target, url, username: 'me', password: 'wörd' });
  const credentials = Buffer.from('me:wörd').toString('base64');
  expect(await seen.promise).toEqual(['POST', '/crm', `Basic ${credentials}`, '{"a":[1,"ü"]}']);
  await Promise.all(posted);
  await fetcher.close();
  await new Promise((resolve) => server.close(resolve));
  expect(warnings).toEqual([]);
});

test('without credentials sends none', () => {
  const { fetcher, posts } = manual();
  sender(fetcher).made.send({}, target);
  expect(posts[0]?.options).toMatchObject({ timeoutMs: 1000, contentType: 'application/json', trusted: true });
  expect(posts[0]?.options).not.toHaveProperty('authorization');
});

test('a failure is told in the log, but not of a call that is over', async () => {
  const { fetcher, posts } = manual();
  const { made, warnings, abort } = sender(fetcher);
  made.send({}, target);
  posts[0]?.done.reject(new Error('status 500'));
  await settled();
  expect(warnings).toEqual(['metadata was not sent: status 500']);
  made.send({}, target);
  abort.abort();
  posts[1]?.done.reject(new Error('aborted'));
  await settled();
  expect(warnings).toHaveLength(1);
});

test('no more than eight are under way', async () => {
  const { fetcher, posts } = manual();
  const { made, warnings } = sender(fetcher);
  for (let i = 0; i < 10; i += 1) made.send(i, target);
  expect([posts.length, warnings.length]).toEqual([8, 2]);
  posts[0]?.done.resolve();
  await settled();
  made.send(10, target);
  expect(posts.at(-1)?.options.body).toBe('10');
});

test('SIP INFO where there is no target, and a warning where it cannot be sent', async () => {
  const infos: unknown[] = [];
  const sendInfo = async (info: unknown) => {
    infos.push(info);
  };
  sender(undefined, { sendInfo }).made.send({ a: 1 }, undefined);
  expect(infos).toEqual([{ contentType: 'application/json', body: '{"a":1}' }]);
  for (const wanted of [undefined, target]) {
    const { made, warnings } = sender(undefined);
    made.send({}, wanted);
    await settled();
    expect(warnings).toHaveLength(1);
  }
});
