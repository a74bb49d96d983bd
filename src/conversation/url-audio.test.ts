import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { VirtualClock } from '../media/virtual-clock.ts';
import { interleave, writeWav } from '../media/wav.ts';
import { createGuardedFetcher } from '../net/guarded-fetcher.ts';
import { AudioCache, maxAgeOf } from './audio-cache.ts';
import { createUrlAudio, dataOf, type UrlAudioRequest } from './url-audio.ts';

const open: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

async function serve(handler: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server = createServer(handler);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function player(allowHosts = ['127.0.0.1']) {
  const clock = new VirtualClock();
  const fetcher = createGuardedFetcher({ allowPrivateNetworks: false, allowHosts });
  open.push(() => fetcher.close());
  const audio = createUrlAudio({ fetcher, clock });
  const hear = async (url: string, request: Partial<UrlAudioRequest> = {}, signal = new AbortController().signal) => {
    const wanted: UrlAudioRequest = { mediaFormat: 'wav/lpcm16', caching: false, sampleRate: 8000, ...request, url };
    const chunks: Int16Array[] = [];
    for await (const chunk of audio.play(wanted, signal)) chunks.push(chunk);
    return { chunks, length: chunks.reduce((sum, chunk) => sum + chunk.length, 0) };
  };
  return { clock, audio, hear };
}

/** A second of a tone of 440 Hz. */
const tone = (sampleRate: number) =>
  Int16Array.from({ length: sampleRate }, (_, i) => Math.round(8000 * Math.sin((2 * Math.PI * 440 * i) / sampleRate)));

describe('playUrl over HTTP', () => {
  test.each([8000, 16_000, 24_000, 44_100] as const)(
    'a WAV of %i Hz comes out at the rate of the call',
    async (rate) => {
      const file = writeWav({ sampleRate: rate, channels: [tone(rate)] });
      const base = await serve((_, response) => response.end(file));
      const { chunks, length } = await player().hear(`${base}/a.wav`);
      expect(length).toBe(8000);
      // The tone is still the tone: as loud, and crossing zero as often.
      const samples = chunks.flatMap((chunk) => [...chunk]).slice(400, 7600);
      const crossings = samples.filter((sample, i) => i > 0 && sample >= 0 !== (samples[i - 1] ?? 0) >= 0).length;
      expect(crossings / 2).toBeCloseTo(440 * 0.9, -1);
      expect(Math.max(...samples)).toBeGreaterThan(7500);
      expect(Math.max(...samples)).toBeLessThan(8500);
    },
  );

  test('the first audio is there before the last byte', async () => {
    let finish = () => {};
    const file = interleave([tone(16_000)]);
    const base = await serve((_, response) => {
      response.write(file.subarray(0, 16_000));
      finish = () => response.end(file.subarray(16_000));
    });
    const { audio } = player();
    const request = { url: base, mediaFormat: 'raw/lpcm16', caching: false, sampleRate: 8000 } as const;
    const chunks = audio.play(request, new AbortController().signal)[Symbol.asyncIterator]();
    const first = await chunks.next();
    expect(first.done).toBe(false);
    finish();
    let length = (first.value as Int16Array).length;
    expect(length).toBeLessThan(4001);
    for (let next = await chunks.next(); next.done !== true; next = await chunks.next()) length += next.value.length;
    expect(length).toBe(8000);
  });

  test('a private address is refused where it is not allowed', async () => {
    let requests = 0;
    const base = await serve((_, response) => {
      requests += 1;
      response.end();
    });
    await expect(player([]).hear(base)).rejects.toMatchObject({ code: 'url_forbidden' });
    expect(requests).toBe(0);
  });

  test('a page instead of audio, an unknown format, a missing file', async () => {
    const base = await serve((request, response) => {
      response.statusCode = request.url === '/none' ? 404 : 200;
      response.end('<html>');
    });
    const { hear } = player();
    await expect(hear(base)).rejects.toMatchObject({ code: 'bad_audio' });
    await expect(hear(base, { mediaFormat: 'wav/mp3' })).rejects.toMatchObject({ code: 'bad_audio' });
    await expect(hear(`${base}/none`)).rejects.toMatchObject({ code: 'url_failed' });
  });

  test('more than 16 MB are not read', async () => {
    let connections = 0;
    const base = await serve((_, response) => {
      const block = Buffer.alloc(1024 * 1024);
      connections += 1;
      const more = () => {
        while (response.writable && response.write(block));
      };
      response.on('drain', more);
      response.on('close', () => {
        connections -= 1;
      });
      more();
    });
    await expect(player().hear(base, { mediaFormat: 'raw/mulaw' })).rejects.toMatchObject({ code: 'url_too_large' });
    await expect.poll(() => connections).toBe(0);
  });

  test('stopping in the middle ends the request', async () => {
    let closed = 0;
    const base = await serve((_, response) => {
      response.write(interleave([tone(8000)]));
      response.on('close', () => {
        closed += 1;
      });
    });
    const { audio } = player();
    const request = { url: base, mediaFormat: 'raw/lpcm16_8', caching: false, sampleRate: 8000 } as const;
    for await (const _ of audio.play(request, new AbortController().signal)) break;
    await expect.poll(() => closed).toBe(1);
  });
});

describe('playUrlCaching', () => {
  const counting = async (cacheControl?: string) => {
    const seen = { requests: 0 };
    const base = await serve((_, response) => {
      seen.requests += 1;
      if (cacheControl !== undefined) response.setHeader('cache-control', cacheControl);
      response.end(writeWav({ sampleRate: 8000, channels: [tone(8000)] }));
    });
    return { seen, base };
  };

  test('fetches once, and again when an hour has passed', async () => {
    const { seen, base } = await counting();
    const { hear, clock } = player();
    for (let i = 0; i < 3; i += 1) expect((await hear(base, { caching: true })).length).toBe(8000);
    expect(seen.requests).toBe(1);
    clock.advance(3_600_000);
    await hear(base, { caching: true });
    expect(seen.requests).toBe(2);
  });

  test('is off unless the bot asks for it', async () => {
    const { seen, base } = await counting();
    const { hear } = player();
    await hear(base);
    await hear(base);
    expect(seen.requests).toBe(2);
  });

  test('keeps to Cache-Control', async () => {
    const short = await counting('public, max-age=10');
    const none = await counting('no-store');
    const { hear, clock } = player();
    for (const base of [short.base, none.base, short.base, none.base]) await hear(base, { caching: true });
    expect([short.seen.requests, none.seen.requests]).toEqual([1, 2]);
    clock.advance(10_000);
    await hear(short.base, { caching: true });
    expect(short.seen.requests).toBe(2);
  });

  test('what broke off is not kept', async () => {
    let requests = 0;
    const base = await serve((_, response) => {
      requests += 1;
      response.writeHead(200, { 'content-length': '100000' });
      response.write(Buffer.alloc(1000), () => response.destroy());
    });
    const { hear } = player();
    for (let i = 0; i < 2; i += 1) {
      const hearing = hear(base, { caching: true, mediaFormat: 'raw/mulaw' });
      await expect(hearing).rejects.toMatchObject({ code: 'url_unreachable' });
    }
    expect(requests).toBe(2);
  });

  test('holds a bounded number of bytes, the most recently used', () => {
    const cache = new AudioCache({ clock: new VirtualClock(), maxBytes: 100, maxEntryBytes: 60, maxAgeMs: 1000 });
    const body = (length: number) => [new Uint8Array(length)];
    cache.put('a', body(50), 1000);
    cache.put('b', body(50), 1000);
    cache.get('a');
    cache.put('c', body(40), 1000);
    expect(['a', 'b', 'c'].filter((url) => cache.get(url) !== undefined)).toEqual(['a', 'c']);
    cache.put('large', body(61), 1000);
    expect(cache.get('large')).toBeUndefined();
    cache.put('a', body(10), 1000);
    expect(cache.bytes).toBe(50);
  });

  test.each([
    [undefined, Number.POSITIVE_INFINITY],
    ['public', Number.POSITIVE_INFINITY],
    ['max-age=5', 5000],
    ['Max-Age = "5", private', 5000],
    ['no-cache', 0],
    ['max-age=5, no-store', 0],
    [['public', 'max-age=0'], 0],
  ])('Cache-Control %j: %d ms', (header, ms) => {
    expect(maxAgeOf(header)).toBe(ms);
  });
});

describe('data: URLs', () => {
  test.each([
    ['data:audio/wav;base64,SGk=', 'Hi'],
    ['DATA:;base64,SGk', 'Hi'],
    ['data:audio/wav;codecs=1;BASE64,SG%6B%3D', 'Hi'],
    ['data:,a%20b%zz', 'a b%zz'],
    ['data:text/plain,', ''],
  ])('%s', (url, text) => {
    expect(Buffer.from(dataOf(url)).toString()).toBe(text);
  });

  test.each(['data:audio/wav;base64', 'data:;base64,***'])('%s is refused', (url) => {
    expect(() => dataOf(url)).toThrow(/data: URL/);
  });

  test('are played', async () => {
    const file = Buffer.from(writeWav({ sampleRate: 16_000, channels: [tone(16_000)] }));
    const { hear } = player([]);
    expect((await hear(`data:audio/wav;base64,${file.toString('base64')}`)).length).toBe(8000);
    await expect(hear('data:,words')).rejects.toMatchObject({ code: 'bad_audio' });
  });
});
