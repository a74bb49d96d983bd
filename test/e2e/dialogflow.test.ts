import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FAKE_CX_AGENT, FakeCxAgent } from '../../connectors/bots/dialogflow/cx/fake-agent.ts';
import { FAKE_ES_PROJECT, FakeEsAgent } from '../../connectors/bots/dialogflow/es/fake-agent.ts';
import { toStruct } from '../../connectors/bots/dialogflow/struct.ts';
import { fakeAccount } from '../../connectors/bots/dialogflow/test-support.ts';
import type { CallEvent } from '../../src/caller/call-events.ts';
import { type CallerParts, openCallerParts } from '../../src/caller/parts.ts';
import { placeCall } from '../../src/caller/place-call.ts';
import type { CallStep } from '../../src/caller/steps.ts';
import { systemClock } from '../../src/clock.ts';
import { botConfig, severalBots, TEST_AUTHORIZATION } from './support/hub-config.ts';
import { HubProcess, TEST_LAUNCHER } from './support/hub-process.ts';
import { concat, silence, tone } from './support/tones.ts';
import { writePcmWav } from './support/wav.ts';

/** Whole calls with agents of both editions, in a hub whose voice is tones. */
let cx: FakeCxAgent;
let es: FakeEsAgent;
let hub: HubProcess;
let parts: CallerParts;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'patchbay-dialogflow-'));
  for (const hertz of [500, 600]) {
    await writeFile(join(folder, `${hertz}.wav`), writePcmWav(concat(silence(100), tone(hertz, 500), silence(100))));
  }
  const account = fakeAccount();
  [cx, es] = [await FakeCxAgent.start(account), await FakeEsAgent.start(account)];
  const { url: _, ...common } = botConfig('', '');
  const bots = [
    { ...common, id: 'cx', connector: 'dialogflow-cx', ...cx.api.access, agent: FAKE_CX_AGENT },
    { ...common, id: 'ears', connector: 'dialogflow-cx', ...cx.api.access, agent: FAKE_CX_AGENT, directSTT: true },
    { ...common, id: 'es', connector: 'dialogflow-es', ...es.api.access, project: FAKE_ES_PROJECT },
  ];
  hub = await HubProcess.start({
    program: TEST_LAUNCHER,
    botUrl: '',
    extra: severalBots(bots as unknown as ReturnType<typeof botConfig>[]),
  });
  parts = await openCallerParts();
});
afterAll(async () => {
  await parts?.[Symbol.asyncDispose]();
  await hub?.stop();
  await cx?.api.close();
  await es?.api.close();
  await rm(folder, { recursive: true, force: true });
});

async function call(to: string, steps: readonly CallStep[]) {
  const events: CallEvent[] = [];
  const outcome = await placeCall(
    {
      ...{ to: `sip:${to}@127.0.0.1:${hub.ports.sip}`, from: 'sip:+15551230001@127.0.0.1', steps, out: undefined },
      ...{ timeoutMs: 30_000, firstResponseMs: 5_000, promptEndMs: 700, replyTimeoutMs: 4_000, bargeInMs: undefined },
      ...{ api: { url: hub.api, authorization: TEST_AUTHORIZATION }, language: 'en-US', voice: undefined },
    },
    {
      ...parts,
      tts: undefined,
      clock: systemClock,
      report: (event) => events.push(event),
      signal: new AbortController().signal,
    },
  );
  const said = events.flatMap((event) =>
    event.type === 'transcript' && event.entry.speaker === 'bot' ? [event.entry.text] : [],
  );
  return { outcome, said, events };
}

test('CX: greeting, the caller, a webhook that takes its time, keys, the end', async () => {
  cx.answer = ({ query }) => {
    const say = (text: string) => ({ text: { text: [text] } });
    if (query.type === 'event') return [{ messages: [say('700 Hz 400 ms')] }];
    if (query.type === 'dtmf') return [{ messages: [say('600 Hz 300 ms'), { endInteraction: {} }] }];
    return [{ messages: [say('800 Hz 400 ms')] }, { messages: [say('900 Hz 300 ms')], afterMs: 600 }];
  };
  const { outcome, said } = await call('cx', [
    { kind: 'wav', file: join(folder, '500.wav') },
    { kind: 'dtmf', digits: '7' },
  ]);
  expect(outcome, outcome.text).toMatchObject({ ok: true, endedBy: 'hub' });
  expect(said).toEqual(['700 Hz 400 ms', '800 Hz 400 ms', '900 Hz 300 ms', '600 Hz 300 ms']);
  expect(cx.api.requests.map(({ query }) => query)).toEqual([
    { type: 'event', name: 'WELCOME', parameters: {} },
    { type: 'text', text: '500 Hz' },
    { type: 'dtmf', digits: '7' },
  ]);
  expect(cx.api.requests[0]?.parameters).toMatchObject({ 'event-start': { caller: '+15551230001', callee: 'cx' } });
});

test('ES: an event, a text, activities in a custom payload', async () => {
  es.answer = ({ query }) =>
    query.type === 'event'
      ? { fulfillmentText: '700 Hz 300 ms' }
      : {
          fulfillmentMessages: [
            { text: { text: ['800 Hz 300 ms'] } },
            {
              payload: toStruct({
                activities: [{ type: 'event', name: 'hangup', activityParams: { hangupReason: 'done' } }],
              }),
            },
          ],
        };
  const { outcome, said } = await call('es', [{ kind: 'wav', file: join(folder, '500.wav') }]);
  expect(outcome, outcome.text).toMatchObject({ ok: true, endedBy: 'hub' });
  expect(outcome.hangupReason).toContain('done');
  expect(said).toEqual(['700 Hz 300 ms', '800 Hz 300 ms']);
  expect(es.api.requests.map(({ query }) => query)).toMatchObject([
    { type: 'event', name: 'WELCOME', parameters: { caller: '+15551230001' } },
    { type: 'text', text: '500 Hz' },
  ]);
});

test('CX with the audio of the caller: the agent hears, answers, hears again and ends the call', async () => {
  cx.api.requests.length = 0;
  cx.answer = ({ query }) => {
    const say = (text: string) => ({ text: { text: [text] } });
    if (query.type !== 'audio') return [{ messages: [say('700 Hz 300 ms')] }];
    if (query.text === '500 Hz') return [{ messages: [say('800 Hz 300 ms')] }];
    return [{ messages: [say('900 Hz 300 ms'), { endInteraction: {} }] }];
  };
  const steps = ['500.wav', '600.wav'].map((file) => ({ kind: 'wav', file: join(folder, file) }) as const);
  const { outcome, said, events } = await call('ears', steps);
  expect(outcome, outcome.text).toMatchObject({ ok: true, endedBy: 'hub' });
  expect(said).toEqual(['700 Hz 300 ms', '800 Hz 300 ms', '900 Hz 300 ms']);
  const understood = events.flatMap((event) =>
    event.type === 'transcript' && event.entry.speaker === 'caller' ? [event.entry.text] : [],
  );
  expect(understood).toEqual(['500 Hz', '600 Hz']);
  expect(cx.api.requests.map(({ query }) => query)).toMatchObject([
    { type: 'event', name: 'WELCOME' },
    { type: 'audio', text: '500 Hz' },
    { type: 'audio', text: '600 Hz' },
  ]);
});
