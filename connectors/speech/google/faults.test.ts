import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { describe, expect, test, vi } from 'vitest';
import type { TranscriptEntry } from '../../../src/calls/record.ts';
import { type Clock, systemClock } from '../../../src/clock.ts';
import { loadConfigText } from '../../../src/config/load.ts';
import { startConversation } from '../../../src/conversation/runner.ts';
import { botMessage, FakeBot, FakeDetector, OFFER } from '../../../src/conversation/testing.ts';
import { connectorRegistry } from '../../../src/hub/connectors.ts';
import { doctorChecks } from '../../../src/hub/doctor.ts';
import { createSpeech } from '../../../src/hub/speech.ts';
import { FakeMediaEngine } from '../../../src/media/fake-engine.ts';
import { wordFrames } from '../../../src/speech/fake-stt.ts';
import { createMetrics } from '../../../src/telemetry/metrics.ts';
import { authority, startFakeGoogle } from './fake.test-support.ts';
import type { FakeGoogle } from './fake-server.ts';
import { fakeSpeech } from './fake-synthesis.ts';

/** Of a tick that is late, the next one is due at once. */
const punctual: Clock = { ...systemClock, after: (ms, fn) => systemClock.after(Math.max(0, ms), fn) };

const GREETING = 'hi';

/** Who finds the end of what a caller says, by the service. */
type Endpointing = readonly ['hub' | 'vendor', 'hub' | 'vendor'];

/** A bot that says back what it hears, with Google before another account of Google's, and a caller on the line. */
async function call(
  spoil?: (google: FakeGoogle) => void,
  order: readonly string[] = ['google', 'spare'],
  [one, other]: Endpointing = ['hub', 'hub'],
) {
  const [first, second] = [await startFakeGoogle(), await startFakeGoogle()];
  spoil?.(first.server);
  const speech = { stt: order, tts: order };
  const config = await loadConfigText(
    JSON.stringify({
      speech: { cacheMegabytes: 0 },
      speechServices: [
        { ...first.settings({ stt: { endpointing: one } }), id: 'google' },
        { ...second.settings({ stt: { endpointing: other } }), id: 'spare' },
      ],
      bots: [{ id: 'echo', connector: 'ac-bot-api', url: 'http://127.0.0.1:1/', speech }],
    }),
    'hub.yaml',
    {},
    connectorRegistry,
  );
  const services = await createSpeech(config, {
    metrics: createMetrics(),
    log: pino({ level: 'silent' }),
    clock: systemClock,
  });
  await services.warmUp();
  const bot = new FakeBot((activities) =>
    activities.map(({ type, text }) => botMessage(type === 'message' ? `you said ${text}` : GREETING)),
  );
  const engine = new FakeMediaEngine({ clock: punctual });
  const media = await engine.createEndpoint({ callId: 'call-1' });
  await media.answer(OFFER);
  media.caller.sendSilence(true);
  const transcript: Omit<TranscriptEntry, 'atMs'>[] = [];
  const unwatch = services.onFailover('call-1', ({ kind, from, to, why }) =>
    transcript.push({ speaker: 'hub', kind: 'event', text: `speech.failover ${kind} ${from} -> ${to}: ${why}` }),
  );
  const abort = new AbortController();
  const conversation = startConversation({
    facts: {
      ...{ callId: 'call-1', conversationId: 'c-1', caller: '+1', callerHost: 'h', callerDisplayName: '' },
      ...{ callee: '+2', calleeHost: 'h', headers: new Map() },
    },
    bot,
    ...services.of({ id: 'echo', speech: { stt: [...order], tts: [...order], warmUp: [] } }),
    media,
    control: { answer: async () => {}, hangup: () => {}, sendInfo: async () => {} },
    observer: { transcript: (entry) => transcript.push(entry), turn: () => {} },
    parameters: { language: 'en-US', userNoInputTimeoutMS: 60_000 },
    createDetector: () => new FakeDetector(),
    clock: systemClock,
    log: pino({ level: 'silent' }),
    signal: abort.signal,
  });
  const heard = () => Int16Array.from(media.caller.played().flatMap(({ samples }) => [...samples]));
  await vi.waitFor(() => expect(heard()).toEqual(fakeSpeech(GREETING)), { timeout: 10_000, interval: 10 });
  return {
    google: first.server,
    spare: second.server,
    /** Texts of the caller that the bot was told. */
    told: () => bot.heard().filter((text) => /^[\d ]+$/.test(text)),
    failovers: () => transcript.map(({ text }) => text).filter((text) => text.startsWith('speech.failover')),
    speak(...words: number[]) {
      for (const samples of wordFrames(words)) media.caller.speak(samples);
    },
    /** The caller has said everything, as far as the line is concerned. */
    said: () => vi.waitFor(() => expect(media.caller.outgoing).toHaveLength(0), { timeout: 10_000, interval: 10 }),
    withinSecondWord: () =>
      vi.waitFor(() => expect(first.server.streams.at(-1)?.heardMs).toBeGreaterThanOrEqual(360), {
        timeout: 10_000,
        interval: 5,
      }),
    /** What the caller heard after the greeting, without the silence between. */
    heard: () => heard().subarray(fakeSpeech(GREETING).length),
    async dispose() {
      abort.abort();
      await conversation.ended;
      unwatch();
      await engine.close();
      await services.close();
      await first.dispose();
      await second.dispose();
    },
  };
}

type Call = Awaited<ReturnType<typeof call>>;
const eventually = (check: () => void) => vi.waitFor(check, { timeout: 15_000, interval: 10 });

/** A conversation of its own for each case, all at the same time. */
function conversation(name: string, run: (line: Call) => Promise<void>, ...how: Parameters<typeof call>): void {
  test.concurrent(name, { timeout: 30_000 }, async () => {
    const line = await call(...how);
    try {
      await run(line);
    } finally {
      await line.dispose();
    }
  });
}

/** One of each fault, in the middle of the second word of an utterance. */
const FAULTS: Record<string, { spoil(google: FakeGoogle): void; why: RegExp }> = {
  'socket frozen': { spoil: (google) => google.relay.freeze(), why: /its text is late|no text within 1200 ms/ },
  'socket closed in the middle of a word': { spoil: (google) => google.relay.break(), why: /Google: / },
  'quota used up': {
    spoil: (google) => google.endAll(8, 'Quota exceeded for quota metric Streaming requests'),
    why: /Quota exceeded/,
  },
  'a message that is none': {
    spoil: (google) => {
      google.garbled = true;
    },
    why: /Google: .*pars/i,
  },
  'slow answers': {
    spoil: (google) => {
      google.delayMs = 4_000;
    },
    why: /its text is late|no text within 1200 ms/,
  },
};

describe.skipIf(authority === undefined)('a conversation (needs the program openssl)', () => {
  conversation('a token that expires in a call costs nothing: another one, and no failover', async (line) => {
    line.speak(1);
    await eventually(() => expect(line.told()).toEqual(['1']));
    await sleep(5_000);
    line.speak(2, 3);
    await line.withinSecondWord();
    line.google.endAll(16, 'Request had invalid authentication credentials.');
    await eventually(() => expect(line.told()).toEqual(['1', '2 3']));
    expect(line.failovers()).toEqual([]);
  });

  conversation('one that is refused from then on leads to the other service', async (line) => {
    line.speak(1);
    await eventually(() => expect(line.told()).toEqual(['1']));
    await sleep(5_000);
    line.speak(2, 3);
    await line.withinSecondWord();
    line.google.revoked = true;
    line.google.endAll(16, 'Request had invalid authentication credentials.');
    await eventually(() => expect(line.told()).toEqual(['1', '2 3']));
    // The voice of the bot's answer is refused as well, now or a moment later.
    const [first = '', ...others] = line.failovers();
    expect(first).toMatch(/stt google -> spare: Google refuses the credentials/);
    expect(others.filter((text) => !text.startsWith('speech.failover tts'))).toEqual([]);
  });

  for (const [name, { spoil, why }] of Object.entries(FAULTS)) {
    conversation(`${name}: the bot gets every word once, and the record says why`, async (line) => {
      line.speak(1, 2);
      await line.withinSecondWord();
      spoil(line.google);
      await line.said();
      await eventually(() => expect(line.told()).toEqual(['1 2']));
      expect(line.failovers()).toEqual([
        expect.stringMatching(new RegExp(`^speech\\.failover stt google -> spare: .*${why.source}`, why.flags)),
      ]);
      // The call stays with the other service.
      await eventually(() => expect(line.heard().length).toBeGreaterThanOrEqual(fakeSpeech('you said 1 2').length));
      line.speak(3);
      await eventually(() => expect(line.told()).toEqual(['1 2', '3']));
      expect(line.failovers().filter((text) => text.includes(' stt '))).toHaveLength(1);
    });
  }

  for (const endpointing of [
    ['vendor', 'vendor'],
    ['vendor', 'hub'],
    ['hub', 'vendor'],
  ] as const) {
    conversation(
      `socket frozen, the ends found by ${endpointing.join(' and ')}: the bot gets every word once, as one text`,
      async (line) => {
        line.speak(1, 2, ...Array<number>(15).fill(0), 3);
        await line.withinSecondWord();
        line.google.relay.freeze();
        await eventually(() => expect(line.told()).toEqual(['1 2 3']));
        expect(line.failovers()).toEqual([
          expect.stringMatching(/^speech\.failover stt google -> spare: .*(?:late|answer|no text)/),
        ]);
        await eventually(() => expect(line.heard().length).toBeGreaterThanOrEqual(fakeSpeech('you said 1 2 3').length));
        line.speak(4);
        await eventually(() => expect(line.told()).toEqual(['1 2 3', '4']));
        expect(line.failovers().filter((text) => text.includes(' stt '))).toHaveLength(1);
      },
      ...[undefined, undefined, endpointing],
    );
  }

  conversation(
    'credentials refused at the first opening: the other service speaks to the caller and hears them',
    async (line) => {
      line.speak(1, 2);
      await eventually(() => expect(line.told()).toEqual(['1 2']));
      expect(line.failovers().toSorted()).toEqual([
        expect.stringMatching(/stt google -> spare: Google refuses the credentials/),
        expect.stringMatching(/tts google -> spare: Google: Request had invalid authentication credentials/),
      ]);
      expect(line.google.streams).toEqual([]);
    },
    (google) => {
      google.revoked = true;
    },
  );

  conversation(
    'socket frozen, and no other service: the words are given to a new connection',
    async (line) => {
      line.speak(1, 2);
      await line.withinSecondWord();
      line.google.relay.freeze();
      line.google.relay.thaw();
      await eventually(() => expect(line.told()).toEqual(['1 2']));
      expect(line.failovers()).toEqual([]);
    },
    undefined,
    ['google'],
  );

  /** Of speech: what the caller hears besides the whole text of the other service. */
  const SPEECH_FAULTS: Record<string, { spoil(google: FakeGoogle): void; why: RegExp; first: 'nothing' | 'some' }> = {
    'slow first byte': {
      spoil: (google) => {
        google.frozen = true;
      },
      why: /no audio for 1200 ms/,
      first: 'nothing',
    },
    'quota used up': {
      spoil: (google) => {
        google.refusesWith = { code: 8, details: 'Quota exceeded' };
      },
      why: /Quota exceeded/,
      first: 'nothing',
    },
    'socket closed within the audio': {
      spoil: (google) => {
        google.breaksAfterChars = 5;
      },
      why: /Google: /,
      first: 'some',
    },
    'audio of a wrong length': {
      spoil: (google) => {
        google.cutsSamples = true;
      },
      why: /within a sample/,
      first: 'some',
    },
  };
  for (const [name, { spoil, why, first }] of Object.entries(SPEECH_FAULTS)) {
    conversation(`${name}: the other service says the whole text`, async (line) => {
      line.speak(1);
      await line.said();
      spoil(line.google);
      // The recogniser is not what is broken here.
      await eventually(() => expect(line.spare.spoken).toEqual([{ text: 'you said 1', streamed: true }]));
      const whole = fakeSpeech('you said 1');
      await eventually(() => {
        const heard = line.heard();
        expect(heard.subarray(Math.max(0, heard.length - whole.length))).toEqual(whole);
      });
      if (first === 'nothing') expect(line.heard()).toHaveLength(whole.length);
      expect(line.failovers().filter((text) => text.includes(' tts '))).toEqual([
        expect.stringMatching(new RegExp(`speech\\.failover tts google -> spare: .*${why.source}`)),
      ]);
    });
  }

  test('patchbay doctor asks it to recognise and to speak, and tells what to do where it refuses', async () => {
    const fake = await startFakeGoogle();
    const config = await loadConfigText(
      JSON.stringify({ speechServices: [fake.settings()] }),
      'hub.yaml',
      {},
      connectorRegistry,
    );
    const check = () => doctorChecks(config).find(({ name }) => name === 'speech service google (google)');
    const { signal } = new AbortController();
    expect(await check()?.run(signal)).toMatchObject({
      status: 'ok',
      message: expect.stringMatching(/^recognises and speaks, asked and answered/),
    });
    fake.server.revoked = true;
    const error = await check()
      ?.run(signal)
      .catch((thrown: unknown) => thrown);
    expect(check()?.adviceFor?.(error)).toMatch(/the vendor refuses: check the credentials of speechServices 'google'/);
    await fake.dispose();
  });
});
