import { describe, expect, it, onTestFinished } from 'vitest';
import { VirtualClock } from '../media/virtual-clock.ts';
import type { Failover } from '../speech/failover.ts';
import { SpeechError } from '../speech/ports.ts';
import { said, speechRig } from './speech-test-support.ts';

const METRIC = 'patchbay_speech_failovers_total';

async function rig() {
  const hub = await speechRig({ clock: new VirtualClock() });
  onTestFinished(() => hub.close());
  const error = new SpeechError('speech_unavailable', 'the vendor is down', { retryable: true });
  hub.tts('a').fault = { error, afterWords: 0 };
  hub.stt('a').refuses = error;
  const { stt, tts } = hub.bot('echo');
  const told: Failover[] = [];
  onTestFinished(hub.speech.onFailover('call', (failover) => told.push(failover)));
  return {
    ...{ hub, told },
    say: (callId: string) => said(tts, callId),
    async hear(callId: string) {
      const options = { callId, language: 'en-US', sampleRate: 8000, contextPhrases: [], contextBoost: 0 } as const;
      const session = await stt?.open({ ...options, vendorOptions: undefined }, new AbortController().signal);
      session?.close();
    },
    failovers: () => hub.logged({ event: 'speech.failover' }),
  };
}

describe('a call that goes on with another speech service', () => {
  it.each(['tts', 'stt'] as const)('is counted and logged once (%s), however much it says afterwards', async (kind) => {
    const { hub, told, say, hear, failovers } = await rig();
    const use = kind === 'tts' ? say : hear;
    expect(await hub.metric(METRIC)).toEqual([]);
    await use('call');
    await use('call');
    expect(await hub.metric(METRIC)).toEqual([`${METRIC}{from="a",to="b",kind="${kind}"} 1`]);
    const failover = { callId: 'call', kind, from: 'a', to: 'b', why: 'the vendor is down' };
    expect(failovers()).toEqual([
      {
        ...{ level: 'warn', time: expect.any(String), bot: 'echo', event: 'speech.failover', ...failover },
        msg: 'the call goes on with another speech service',
      },
    ]);
    expect(told).toEqual([{ ...failover, code: 'speech_unavailable' }]);
  });

  it('is counted for each call and each side of it, and told to no other call', async () => {
    const { hub, told, say, hear, failovers } = await rig();
    await say('call');
    await hear('call');
    await say('another');
    expect((await hub.metric(METRIC)).sort()).toEqual([
      `${METRIC}{from="a",to="b",kind="stt"} 1`,
      `${METRIC}{from="a",to="b",kind="tts"} 2`,
    ]);
    expect(failovers().map(({ callId, kind }) => `${callId} ${kind}`)).toEqual(['call tts', 'call stt', 'another tts']);
    expect(told.map(({ kind }) => kind)).toEqual(['tts', 'stt']);
  });

  it('is neither where a new call begins with another one, because the first is left out', async () => {
    const { hub, say, failovers } = await rig();
    for (const callId of ['one', 'two', 'three', 'four']) expect(await say(callId)).toBe('hello');
    expect(await hub.metric(METRIC)).toEqual([`${METRIC}{from="a",to="b",kind="tts"} 2`]);
    expect(failovers()).toHaveLength(2);
  });
});
