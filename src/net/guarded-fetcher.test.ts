import type { LookupAddress } from 'node:dns';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import {
  createGuardedFetcher,
  type FetchOptions,
  type GuardedFetcher,
  type GuardedFetcherOptions,
} from './guarded-fetcher.ts';
import { selfSignedCertificate } from './testing-certificates.ts';
import { UrlError } from './url-guard.ts';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

const open: { close(): unknown }[] = [];

afterEach(async () => {
  for (const thing of open.splice(0)) await thing.close();
});

async function serve(handler: Handler, server: Server = createServer()): Promise<number> {
  server.on('request', handler);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push({
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  });
  return (server.address() as AddressInfo).port;
}

function fetcher(options: Partial<GuardedFetcherOptions> = {}): GuardedFetcher {
  const made = createGuardedFetcher({ allowPrivateNetworks: false, allowHosts: [], ...options });
  open.push(made);
  return made;
}

const wanted = (): FetchOptions => ({ timeoutMs: 2000, maxBytes: 1000, signal: new AbortController().signal });

async function read(made: GuardedFetcher, url: string, options: Partial<FetchOptions> = {}): Promise<string> {
  const { body } = await made.get(url, { ...wanted(), ...options });
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'fine',
    (error: unknown) => (error instanceof UrlError ? error.code : `${error}`),
  );

/** Names of a test, each with the addresses of its first, second, ... look-up. */
function resolver(names: Record<string, string[][]>) {
  const asked: string[] = [];
  const resolve = async (name: string): Promise<LookupAddress[]> => {
    asked.push(name);
    const answers = names[name] ?? [];
    const addresses = answers.length > 1 ? answers.shift() : answers[0];
    if (addresses === undefined) throw new Error(`ENOTFOUND ${name}`);
    return addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
  };
  return { resolve, asked };
}

describe('what may be reached', () => {
  test.each([
    'http://127.0.0.1/',
    'http://127.1/',
    'http://2130706433/',
    'http://0x7f.0.0.1/',
    'http://0177.0.0.1/',
    'http://0/',
    'http://[::1]/',
    'http://[::ffff:127.0.0.1]/',
    'http://[::ffff:7f00:1]/',
    'http://169.254.169.254/latest/meta-data/',
    'http://[fd00:ec2::254]/',
    'http://10.0.0.1:8080/',
    'http://127.0.0.1./',
  ])('%s is refused without a connection', async (url) => {
    expect(await codeOf(read(fetcher(), url))).toBe('url_forbidden');
  });

  test.each([
    'ftp://example.com/',
    'file:///etc/passwd',
    'nonsense',
    '',
    'http://user:word@example.com/',
    'javascript:1',
  ])('%s is no URL for it', async (url) => {
    expect(await codeOf(read(fetcher(), url))).toBe('url_invalid');
  });

  test.each([['10.0.0.7'], ['::1'], ['::ffff:192.168.1.1'], ['169.254.169.254']])(
    'a name that resolves to %s is refused',
    async (address) => {
      const { resolve } = resolver({ 'inside.example': [[address]] });
      expect(await codeOf(read(fetcher({ resolve }), 'http://inside.example/'))).toBe('url_forbidden');
    },
  );

  test('a name that resolves to nothing is not reached', async () => {
    expect(await codeOf(read(fetcher(resolver({})), 'http://nowhere.example/'))).toBe('url_unreachable');
  });

  test('localhost is refused, unless it is allowed', async () => {
    const port = await serve((_, response) => response.end('hello'));
    const url = `http://localhost:${port}/`;
    expect(await codeOf(read(fetcher(), url))).toBe('url_forbidden');
    expect(await read(fetcher({ allowHosts: ['localhost'] }), url)).toBe('hello');
    expect(await read(fetcher({ allowHosts: ['127.0.0.0/8', '::1'] }), url)).toBe('hello');
    expect(await read(fetcher({ allowPrivateNetworks: true }), url)).toBe('hello');
    expect(await codeOf(read(fetcher({ allowHosts: ['10.0.0.0/8'] }), url))).toBe('url_forbidden');
  });

  test('an allowed address may be written in the URL', async () => {
    const port = await serve((_, response) => response.end('hello'));
    expect(await read(fetcher({ allowHosts: ['127.0.0.1'] }), `http://127.0.0.1:${port}/`)).toBe('hello');
  });

  test('DNS rebinding: the address that was judged is the one that is connected to, and every connection is judged', async () => {
    let requests = 0;
    const port = await serve((_, response) => {
      requests += 1;
      response.writeHead(200, { connection: 'close' }).end('hello');
    });
    // Allowed when it is looked at, forbidden a moment later: there is no second look-up for one connection.
    const { resolve, asked } = resolver({ 'rebind.example': [['127.0.0.1'], ['10.0.0.1'], ['127.0.0.2', '10.0.0.1']] });
    const made = fetcher({ resolve, allowHosts: ['127.0.0.1'] });
    expect(await read(made, `http://rebind.example:${port}/`)).toBe('hello');
    expect(asked).toEqual(['rebind.example']);
    expect(await codeOf(read(made, `http://rebind.example:${port}/`))).toBe('url_forbidden');
    expect(await codeOf(read(made, `http://rebind.example:${port}/`))).toBe('url_forbidden');
    expect([asked.length, requests]).toEqual([3, 1]);
  });

  test('of several addresses of a name only those that are allowed are connected to', async () => {
    const port = await serve((_, response) => response.end('hello'));
    const { resolve } = resolver({ 'mixed.example': [['10.0.0.1', '127.0.0.1']] });
    expect(await read(fetcher({ resolve, allowHosts: ['127.0.0.1'] }), `http://mixed.example:${port}/`)).toBe('hello');
  });
});

describe('redirects', () => {
  const redirecting = (target: string) =>
    serve((request, response) => {
      if (request.url === '/end') response.end('there');
      else response.writeHead(302, { location: target }).end();
    });

  test('are followed', async () => {
    const port = await redirecting('/end');
    const made = fetcher({ allowHosts: ['a.example'], ...resolver({ 'a.example': [['127.0.0.1']] }) });
    expect(await read(made, `http://a.example:${port}/begin`)).toBe('there');
  });

  test.each(['http://127.0.0.1:1/', 'http://[::1]/', 'http://169.254.169.254/', '//10.0.0.1/', 'http://b.example/'])(
    'to %s is refused',
    async (target) => {
      const port = await redirecting(target);
      const names = resolver({ 'a.example': [['127.0.0.1']], 'b.example': [['192.168.1.1']] });
      const made = fetcher({ allowHosts: ['a.example'], ...names });
      expect(await codeOf(read(made, `http://a.example:${port}/begin`))).toBe('url_forbidden');
    },
  );

  test('end after the third', async () => {
    let requests = 0;
    const port = await serve((_, response) => {
      requests += 1;
      response.writeHead(302, { location: '/again' }).end();
    });
    expect(await codeOf(read(fetcher({ allowPrivateNetworks: true }), `http://127.0.0.1:${port}/`))).toBe('url_failed');
    expect(requests).toBe(4);
  });

  test('to another scheme are refused', async () => {
    const port = await redirecting('file:///etc/passwd');
    expect(await codeOf(read(fetcher({ allowPrivateNetworks: true }), `http://127.0.0.1:${port}/`))).toBe(
      'url_invalid',
    );
  });
});

describe('limits', () => {
  const local = () => fetcher({ allowPrivateNetworks: true });

  test('too long a body', async () => {
    const port = await serve((_, response) => response.end('x'.repeat(1001)));
    expect(await codeOf(read(local(), `http://127.0.0.1:${port}/`))).toBe('url_too_large');
    expect(await read(local(), `http://127.0.0.1:${port}/`, { maxBytes: 1001 })).toHaveLength(1001);
  });

  test('no answer in time', async () => {
    const port = await serve(() => {});
    expect(await codeOf(read(local(), `http://127.0.0.1:${port}/`, { timeoutMs: 50 }))).toBe('url_timeout');
  });

  test('an error status', async () => {
    const port = await serve((_, response) => response.writeHead(404).end());
    expect(await codeOf(read(local(), `http://127.0.0.1:${port}/`))).toBe('url_failed');
  });

  test('a body that breaks off', async () => {
    const port = await serve((_, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('begin', () => response.destroy());
    });
    expect(await codeOf(read(local(), `http://127.0.0.1:${port}/`))).toBe('url_unreachable');
  });

  test('its owner gives up', async () => {
    const port = await serve(() => {});
    const abort = new AbortController();
    const reading = codeOf(read(local(), `http://127.0.0.1:${port}/`, { signal: abort.signal }));
    setImmediate(() => abort.abort());
    expect(await reading).toBe('url_unreachable');
    expect(await codeOf(read(local(), `http://127.0.0.1:${port}/`, { signal: abort.signal }))).toBe('url_unreachable');
  });
});

describe('post', () => {
  test('sends the body, with credentials', async () => {
    const seen: unknown[] = [];
    const port = await serve(async (request, response) => {
      const chunks: Uint8Array[] = [];
      for await (const chunk of request) chunks.push(chunk as Uint8Array);
      const { authorization, 'content-type': type } = request.headers;
      seen.push([request.method, request.url, authorization, type, Buffer.concat(chunks).toString()]);
      response.end();
    });
    const signal = new AbortController().signal;
    const url = `http://127.0.0.1:${port}/crm`;
    const wanted = {
      timeoutMs: 1000,
      signal,
      body: '{}',
      contentType: 'application/json',
      authorization: 'Basic eA==',
    };
    await fetcher().post(url, { ...wanted, trusted: true });
    expect(seen).toEqual([['POST', '/crm', 'Basic eA==', 'application/json', '{}']]);
    expect(await codeOf(fetcher().post(url, { ...wanted, trusted: false }))).toBe('url_forbidden');
    expect(seen).toHaveLength(1);
  });

  test('a redirect is a failure', async () => {
    const port = await serve((_, response) => response.writeHead(302, { location: '/x' }).end());
    const signal = new AbortController().signal;
    const posting = fetcher().post(`http://127.0.0.1:${port}/`, {
      ...{ timeoutMs: 1000, signal, body: '{}', contentType: 'application/json', trusted: true },
    });
    expect(await codeOf(posting)).toBe('url_failed');
  });
});

describe('exchange', () => {
  const sending = (changes: { timeoutMs?: number } = {}) => ({
    ...{ timeoutMs: 1000, signal: new AbortController().signal, body: '{"a":1}', headers: { 'x-a': 'b' } },
    ...changes,
  });

  test('resolves to the answer, whatever its status; the connection serves again', async () => {
    const seen: unknown[] = [];
    const sockets = new Set<unknown>();
    const port = await serve(async (request, response) => {
      sockets.add(request.socket);
      let body = '';
      for await (const chunk of request.setEncoding('utf8')) body += chunk;
      seen.push([request.method, request.headers['x-a'], body]);
      response.writeHead([200, 302, 503][seen.length % 3] ?? 200, { location: '/x', 'retry-after': '7' }).end('said');
    });
    const made = fetcher({ allowPrivateNetworks: true });
    const statuses: number[] = [];
    for (let n = 0; n < 9; n += 1) {
      const { status, headers } = await made.exchange(`http://127.0.0.1:${port}/`, sending());
      statuses.push(status);
      expect(headers['retry-after']).toBe('7');
    }
    expect(statuses.slice(0, 4)).toEqual([302, 503, 200, 302]);
    expect(seen).toEqual(Array.from({ length: 9 }, () => ['POST', 'b', '{"a":1}']));
    expect(sockets.size).toBeLessThanOrEqual(2);
  });

  test('refuses private networks, by address and by name', async () => {
    const { resolve } = resolver({ 'inside.example': [['10.0.0.1']] });
    const made = fetcher({ resolve });
    expect(await codeOf(made.exchange('http://127.0.0.1/', sending()))).toBe('url_forbidden');
    expect(await codeOf(made.exchange('http://inside.example/', sending()))).toBe('url_forbidden');
  });

  test('no answer in time, and a connection that is cut', async () => {
    const port = await serve((request, response) => {
      if (request.url === '/cut') response.destroy();
    });
    const made = fetcher({ allowPrivateNetworks: true });
    const url = `http://127.0.0.1:${port}`;
    expect(await codeOf(made.exchange(`${url}/hang`, sending({ timeoutMs: 50 })))).toBe('url_timeout');
    expect(await codeOf(made.exchange(`${url}/cut`, sending()))).toBe('url_unreachable');
  });

  test('a body without end is cut off, and one that hangs is not waited for long', async () => {
    let sent = 0;
    const port = await serve((request, response) => {
      response.writeHead(200).flushHeaders();
      const more = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536))) sent += 65_536;
      };
      if (request.url === '/endless') response.on('drain', more).on('error', () => {}) && more();
    });
    const made = fetcher({ allowPrivateNetworks: true });
    const url = `http://127.0.0.1:${port}`;
    expect((await made.exchange(`${url}/endless`, sending())).status).toBe(200);
    expect(sent).toBeLessThan(32 * 1024 * 1024);
    expect((await made.exchange(`${url}/hang`, sending({ timeoutMs: 200 }))).status).toBe(200);
  });
});

describe('https', () => {
  const certificate = selfSignedCertificate();

  test.skipIf(certificate === undefined)('certificates are verified (needs the program openssl)', async () => {
    const port = await serve((_, response) => response.end('hello'), createTlsServer(certificate ?? {}));
    const url = `https://127.0.0.1:${port}/`;
    expect(await codeOf(read(fetcher({ allowPrivateNetworks: true }), url))).toBe('url_unreachable');
    const trusting = fetcher({ allowPrivateNetworks: true, ca: certificate?.cert ?? '' });
    expect(await read(trusting, url)).toBe('hello');
    // The right certificate, for another name.
    const elsewhere = { ...resolver({ 'other.example': [['127.0.0.1']] }), ca: certificate?.cert ?? '' };
    const made = fetcher({ allowPrivateNetworks: true, ...elsewhere });
    expect(await codeOf(read(made, `https://other.example:${port}/`))).toBe('url_unreachable');
  });

  test.skipIf(certificate === undefined)('does not lead to http (needs the program openssl)', async () => {
    const port = await serve(
      (_, response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(),
      createTlsServer(certificate ?? {}),
    );
    const made = fetcher({ allowPrivateNetworks: true, ca: certificate?.cert ?? '' });
    expect(await codeOf(read(made, `https://127.0.0.1:${port}/`))).toBe('url_forbidden');
  });
});
