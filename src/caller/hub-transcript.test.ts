import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { HubTranscript, watchTranscript } from './hub-transcript.ts';

let server: Server;
let answers: Record<string, { status?: number; body: string }>;
let authorization: string | undefined;

beforeEach(async () => {
  answers = {};
  server = createServer((request, response) => {
    authorization = request.headers.authorization;
    const answer = answers[(request.url ?? '').split('?')[0] ?? ''] ?? { status: 404, body: '{}' };
    response.writeHead(answer.status ?? 200, { 'content-type': 'application/json' }).end(answer.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const api = () => ({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, authorization: 'Bearer x' });
const entry = (text: string) => ({ atMs: 10, speaker: 'bot', kind: 'speech', text });
const signal = new AbortController().signal;

function hubKnows(transcript: object[]): void {
  answers['/api/v1/calls'] = {
    body: JSON.stringify({
      calls: [
        { id: 'other', sipCallId: 'x' },
        { id: 'c1', sipCallId: 'sip-1' },
      ],
      next: null,
    }),
  };
  answers['/api/v1/calls/c1'] = { body: JSON.stringify({ id: 'c1', sipCallId: 'sip-1', transcript }) };
}

test('finds the call by its SIP Call-ID and yields each entry once', async () => {
  const transcript = new HubTranscript(api());
  answers['/api/v1/calls'] = { body: '{"calls":[],"next":null}' };
  expect(await transcript.poll('sip-1', signal)).toEqual([]);
  hubKnows([entry('Hello.')]);
  expect(await transcript.poll('sip-1', signal)).toEqual([entry('Hello.')]);
  expect(authorization).toBe('Bearer x');
  hubKnows([entry('Hello.'), { ...entry('Bye.'), interrupted: true, playedMs: 300 }]);
  expect(await transcript.poll('sip-1', signal)).toEqual([{ ...entry('Bye.'), interrupted: true, playedMs: 300 }]);
});

test.each([
  ['an answer of another shape', { body: '[]' }],
  ['an answer that is no JSON', { body: 'hello' }],
  ['a refusal', { status: 403, body: '{}' }],
])('%s is an error, not a crash', async (_name, answer) => {
  answers['/api/v1/calls'] = answer;
  await expect(new HubTranscript(api()).poll('sip-1', signal)).rejects.toMatchObject({ code: 'hub_api_unavailable' });
});

test('a hub that wants credentials is told in words that help', async () => {
  answers['/api/v1/calls'] = { status: 401, body: '{}' };
  await expect(new HubTranscript(api()).poll('sip-1', signal)).rejects.toThrow(/PATCHBAY_API_CLIENT.*--data-dir/);
});

test('what was noted at the very end is still told after the call', async () => {
  hubKnows([entry('Hello.')]);
  const over = new AbortController();
  const told: string[] = [];
  const watching = watchTranscript(api(), 'sip-1', over.signal, (event) => {
    told.push(event.type === 'transcript' ? event.entry.text : event.why);
    if (told.length > 1) return;
    hubKnows([entry('Hello.'), entry('Goodbye.')]);
    over.abort();
  });
  await watching;
  expect(told).toEqual(['Hello.', 'Goodbye.']);
});

test('a hub without an API costs one report', async () => {
  const over = new AbortController();
  const told: string[] = [];
  over.abort();
  await watchTranscript({ url: 'http://127.0.0.1:9', authorization: undefined }, 'sip-1', over.signal, (event) =>
    told.push(event.type),
  );
  expect(told).toEqual(['transcript-unavailable']);
});
