import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { BotActivity, BotSpeechEvent } from '../bots/port.ts';
import { BotError } from '../bots/port.ts';
import { SpeechError } from '../speech/ports.ts';
import { botEvent, botMessage, Rig } from './testing.ts';
import { parameters } from './testing-moves.ts';
import type { UrlAudio } from './url-audio.ts';

type Action =
  | { do: 'wait'; ms: number }
  | { do: 'speak'; ms: number; text: string }
  | { do: 'press'; keys: string }
  | { do: 'push'; activities: readonly BotActivity[] }
  | { do: 'sttError'; retryable: boolean }
  | { do: 'play'; ms: number; stop: boolean }
  | { do: 'hear'; event: BotSpeechEvent };

const reply: fc.Arbitrary<readonly BotActivity[]> = fc.oneof(
  { weight: 2, arbitrary: fc.constant([]) },
  {
    weight: 6,
    arbitrary: fc
      .array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 3 })
      .map((lengths) => lengths.map((length) => botMessage('x'.repeat(length)))),
  },
  { weight: 1, arbitrary: fc.constant([botMessage('bye'), botEvent('hangup')]) },
  { weight: 1, arbitrary: fc.constant([botEvent('sendDtmf', { dtmfDigits: '12' }), botMessage('sent')]) },
  { weight: 1, arbitrary: fc.constant([botEvent('abortPrompts')]) },
  { weight: 1, arbitrary: fc.constant([botEvent('stopRecognition')]) },
  { weight: 1, arbitrary: fc.constant([botEvent('startRecognition')]) },
  {
    weight: 2,
    arbitrary: fc
      .constantFrom('tune', 'missing', 'broken')
      .map((name) => [botEvent('playUrl', { playUrlUrl: `https://a.example/${name}`, playUrlAltText: name })]),
  },
  { weight: 1, arbitrary: fc.constant([botMessage('moment', { expectAnotherBotMessage: true })]) },
);

const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 4, arbitrary: fc.nat(1500).map((ms) => ({ do: 'wait' as const, ms })) },
  {
    weight: 4,
    arbitrary: fc
      .record({ ms: fc.integer({ min: 20, max: 800 }), text: fc.constantFrom('', 'yes', 'two words') })
      .map((speech) => ({ do: 'speak' as const, ...speech })),
  },
  { weight: 1, arbitrary: fc.constantFrom('1', '12#').map((keys) => ({ do: 'press' as const, keys })) },
  { weight: 1, arbitrary: reply.map((activities) => ({ do: 'push' as const, activities })) },
  { weight: 1, arbitrary: fc.boolean().map((retryable) => ({ do: 'sttError' as const, retryable })) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('play' as const),
      ms: fc.integer({ min: 0, max: 3000 }),
      stop: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc
      .constantFrom<BotSpeechEvent>(
        { type: 'started' },
        { type: 'stopped' },
        { type: 'hypothesis', text: 'two words' },
        { type: 'recognition', text: 'yes', confidence: 0.5 },
        { type: 'committed' },
      )
      .map((event) => ({ do: 'hear' as const, event })),
  },
);

const call = fc.record({
  parameters,
  directStt: fc.boolean(),
  directTts: fc.boolean(),
  actions: fc.array(action, { minLength: 1, maxLength: 12, size: 'max' }),
  replies: fc.array(reply, { maxLength: 6 }),
  replyDelayMs: fc.constantFrom(0, 0, 300, 3000),
  ttsDelayMs: fc.constantFrom(0, 0, 200),
  botFailsAt: fc.constantFrom(undefined, undefined, undefined, 1, 2),
  ttsFailsAt: fc.constantFrom(undefined, undefined, undefined, 1, 3),
  answerDelayMs: fc.constantFrom(0, 50),
  ending: fc.constantFrom('caller', 'operator', 'signal', 'media'),
});

/** Half a second of audio, none, or a quarter of a second and a failure. */
const urlAudio: UrlAudio = {
  async *play({ url }) {
    if (url.endsWith('missing')) throw new Error('scripted');
    yield new Int16Array(2000).fill(1000);
    if (url.endsWith('broken')) throw new Error('scripted');
    yield new Int16Array(2000).fill(1000);
  },
};

/** How long a prompt is that was heard to its end. */
function wholeMs(text: string, msPerCharacter: number): number {
  if (text === 'tune' || text === '[audio]') return 500;
  const stream = /^stream of (\d+) ms$/.exec(text);
  return stream === null ? text.length * msPerCharacter : Number(stream[1]);
}

describe('calls that end at any moment', { timeout: 60_000 }, () => {
  test('leave nothing behind, tell the bot once, and write down every prompt that was heard', async () => {
    await fc.assert(
      fc.asyncProperty(call, async (plan) => {
        let request = 0;
        const rig: Rig = new Rig({
          parameters: plan.parameters,
          audio: { directStt: plan.directStt, directTts: plan.directTts },
          urlAudio,
          bot: async () => {
            request += 1;
            const activities = plan.replies[request - 1] ?? [];
            if (plan.replyDelayMs > 0) {
              await new Promise<void>((resolve) => {
                const cancel = rig.clock.after(plan.replyDelayMs, resolve);
                rig.bot.contexts[0]?.signal.addEventListener('abort', () => {
                  cancel();
                  resolve();
                });
              });
            }
            if (request === plan.botFailsAt) throw new BotError('bot_failed', 'scripted');
            return activities;
          },
        });
        rig.tts.delayMs = plan.ttsDelayMs;
        rig.tts.failing = () =>
          rig.tts.requests.length === plan.ttsFailsAt ? new SpeechError('speech_failed', 'scripted') : undefined;
        rig.answering = () =>
          new Promise((resolve) => {
            rig.clock.after(plan.answerDelayMs, resolve);
          });
        await rig.start();
        for (const step of plan.actions) await act(rig, step);
        const endedBefore = rig.hangups.length > 0;
        const bye = { category: 'caller-hangup', by: 'caller', text: 'BYE' } as const;
        if (plan.ending === 'caller') rig.handle.callerHungUp(bye);
        else if (plan.ending === 'operator') rig.handle.end({ category: 'api', by: 'operator', text: 'stop' });
        else if (plan.ending === 'signal') rig.abort.abort();
        else {
          rig.media.fail();
          rig.handle.end({ category: 'media-failure', by: 'hub', text: 'engine lost' });
        }
        await rig.media.close();
        // A bot that asked for conversationEnd gets two seconds for it.
        await rig.run(2100);

        expect(rig.endedWith).toBeDefined();
        expect(rig.hangups.length).toBe(plan.ending === 'caller' && !endedBefore ? 0 : 1);
        expect(rig.bot.ends).toHaveLength(1);
        expect(rig.clock.pending).toBe(0);
        expect(rig.media.listenerCount('dtmf')).toBe(0);
        // A bot that hears itself needs none, unless it wants to know of voice and silence.
        if (!plan.directStt) expect(rig.detector.closed).toBe(true);
        expect(['start', undefined]).not.toContain(
          rig.bot.userAudio.filter((item) => typeof item !== 'number').at(-1) ?? 'stop',
        );
        expect(rig.stt?.sessions.every((session) => session.closed)).toBe(true);
        expect(rig.media.playout.queuedMs).toBe(0);
        // What was heard is what is written down, to the packet.
        const heardMs = rig.heard().reduce((sum, { ms }) => sum + ms, 0);
        const writtenMs = rig.transcript
          .filter(({ speaker, kind }) => speaker !== 'caller' && kind === 'speech')
          .reduce((sum, { text, playedMs }) => sum + (playedMs ?? wholeMs(text, rig.tts.msPerCharacter)), 0);
        expect(Math.abs(heardMs - writtenMs)).toBeLessThan(1);
      }),
      { numRuns: 150 },
    );
  });
});

async function act(rig: Rig, step: Action): Promise<void> {
  switch (step.do) {
    case 'wait':
      await rig.run(step.ms);
      return;
    case 'speak':
      rig.stt?.sessions.at(-1)?.finals.push(step.text);
      rig.speak(step.ms);
      await rig.run(step.ms + 100);
      if (step.text !== '') rig.stt?.sessions.at(-1)?.emit('interim', { text: step.text });
      await rig.run(400);
      return;
    case 'press':
      rig.media.caller.press(step.keys);
      await rig.run(20);
      return;
    case 'push':
      rig.bot.handlers?.onActivities(step.activities);
      await rig.run(0);
      return;
    case 'play': {
      const streamId = 's';
      const { handlers } = rig.bot;
      handlers?.onPlay?.({ type: 'start', streamId, altText: `stream of ${step.ms} ms`, activityParams: {} });
      handlers?.onPlay?.({ type: 'audio', streamId, samples: new Int16Array(step.ms * 8).fill(1000) });
      if (step.stop) handlers?.onPlay?.({ type: 'stop', streamId });
      await rig.run(0);
      return;
    }
    case 'hear':
      rig.bot.handlers?.onSpeech?.(step.event);
      await rig.run(20);
      return;
    case 'sttError': {
      const { retryable } = step;
      rig.stt?.sessions.at(-1)?.emit('error', new SpeechError('speech_failed', 'scripted', { retryable }));
      await rig.run(0);
    }
  }
}
