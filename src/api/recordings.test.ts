import fc from 'fast-check';
import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { basic, fakeRecordings, setUp, testAccess, uuid } from './testing.ts';

const AUDIO = `/api/v1/recordings/${uuid(101)}/audio`;
const WHOLE = 44 + 400;

/** The API, and what it has logged of who did what. */
function api() {
  const audited: Record<string, unknown>[] = [];
  const log = pino({}, { write: (line) => void audited.push(JSON.parse(line)) });
  return { ...setUp({}, testAccess({ log })), audited };
}

describe('the sound of a recording', () => {
  test('comes as a WAV file that may be kept but not guessed at', async () => {
    const { get } = api();
    const answer = await get(AUDIO, { authorization: basic('callDataManager') });
    expect(answer.status).toBe(200);
    expect(answer.headers).toMatchObject({
      ...{ 'content-type': 'audio/wav', 'content-length': String(WHOLE), 'accept-ranges': 'bytes' },
      ...{ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' },
      'content-disposition': `attachment; filename="${uuid(101)}.wav"`,
    });
    expect(answer.text.slice(0, 4)).toBe('RIFF');
  });

  test('is sent in parts, for the version that the client has', async () => {
    const { get } = api();
    const part = await get(AUDIO, { range: 'bytes=0-3' });
    expect([part.status, part.text, part.headers['content-range']]).toEqual([206, 'RIFF', `bytes 0-3/${WHOLE}`]);
    const etag = String(part.headers.etag);
    expect((await get(AUDIO, { range: 'bytes=0-3', 'if-range': etag })).status).toBe(206);
    expect((await get(AUDIO, { range: 'bytes=0-3', 'if-range': '"x"' })).status).toBe(200);
    expect((await get(AUDIO, { 'if-none-match': etag })).status).toBe(304);
    const beyond = await get(AUDIO, { range: `bytes=${WHOLE}-` });
    expect([beyond.status, beyond.headers['content-range']]).toEqual([416, `bytes */${WHOLE}`]);
  });

  test('put together from any parts is the whole', async () => {
    const { app } = api();
    const fetchBytes = async (range?: string) => {
      const headers = { authorization: basic('administrator'), host: '127.0.0.1:8080', ...(range && { range }) };
      return (await app.inject({ url: AUDIO, headers })).rawPayload;
    };
    const whole = await fetchBytes();
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(fc.integer({ min: 1, max: WHOLE - 1 }), { maxLength: 4 }), async (cuts) => {
        const ends = [...cuts.sort((a, b) => a - b), WHOLE];
        const parts: Buffer[] = [];
        let from = 0;
        for (const end of ends) {
          parts.push(await fetchBytes(`bytes=${from}-${end - 1}`));
          from = end;
        }
        expect(Buffer.concat(parts).equals(whole)).toBe(true);
      }),
      { numRuns: 15 },
    );
  });

  test('HEAD tells its length', async () => {
    const { send } = api();
    const answer = await send({ method: 'HEAD', url: AUDIO });
    expect([answer.status, answer.text, answer.headers['content-length']]).toEqual([200, '', String(WHOLE)]);
  });
});

describe('who may', () => {
  test.each([
    ['GET', '/api/v1/recordings', 'callDataManager', 'callControl'],
    ['GET', AUDIO, 'callDataManager', 'monitor'],
    ['DELETE', `/api/v1/recordings/${uuid(101)}`, 'callDataManager', 'callControl'],
    ['POST', `/api/v1/calls/${uuid(1)}/recording`, 'callControl', 'callDataManager'],
  ] as const)('%s %s: %s, not %s', async (method, url, group, other) => {
    const { send } = api();
    const ask = async (as: string) => {
      const payload = method === 'POST' ? { payload: { action: 'start' } } : {};
      return (await send({ method, url, headers: { authorization: basic(as) }, ...payload })).status;
    };
    expect(await ask(other)).toBe(403);
    expect(await ask(group)).toBeLessThan(300);
  });

  test('is logged, with what they did', async () => {
    const { get, send, audited } = api();
    await get(AUDIO, { range: 'bytes=0-3' });
    await send({ method: 'POST', url: `/api/v1/calls/${uuid(1)}/recording`, payload: { action: 'pause' } });
    await send({ method: 'DELETE', url: `/api/v1/recordings/${uuid(101)}` });
    expect(audited).toMatchObject([
      { recording: uuid(101), by: 'administrator', msg: expect.stringMatching(/heard, bytes 0 to 3/) },
      { call: uuid(1), by: 'administrator', msg: expect.stringMatching(/pause/) },
      { recording: uuid(101), by: 'administrator', msg: expect.stringMatching(/deleted/) },
    ]);
  });
});

test('what is told of recordings leaves out where the file is', async () => {
  const { get } = api();
  const { body, text } = await get('/api/v1/recordings?limit=1');
  expect(body).toMatchObject({
    recordings: [{ id: uuid(101), callRecordingId: 'name 101', state: 'completed', pauses: [{ fromMs: 1 }] }],
    next: expect.stringContaining(uuid(101)),
  });
  expect(text).not.toContain('secret.wav');
});

test('the next page begins where the last one ended', async () => {
  const asked: unknown[] = [];
  const list = async (query: unknown) => {
    asked.push(query);
    return [];
  };
  const { get } = setUp({ recordings: fakeRecordings({ list }) });
  await get(`/api/v1/recordings?callId=${uuid(1)}&before=2026-01-01T00:00:00.000Z,${uuid(5)}`);
  expect(asked).toEqual([
    { limit: 21, callId: uuid(1), before: { startedAt: '2026-01-01T00:00:00.000Z', id: uuid(5) } },
  ]);
  expect((await get('/api/v1/recordings?before=x')).status).toBe(400);
});
