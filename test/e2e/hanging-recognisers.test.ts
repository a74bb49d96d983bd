import { afterAll, beforeAll, describe, expect } from 'vitest';
import { FakeLlmServer } from '../../connectors/bots/llm/fake-server.ts';
import { FakeDeepgram } from '../../connectors/speech/deepgram/fake-server.ts';
import { createLocalTts } from '../../connectors/speech/local/tts/tts.ts';
import { systemClock } from '../../src/clock.ts';
import { levelDbfs } from '../../src/media/level.ts';
import { decodeLaw } from './support/g711.ts';
import { severalBots } from './support/hub-config.ts';
import { HubProcess, TEST_LAUNCHER } from './support/hub-process.ts';
import { peerTest } from './support/peers.ts';
import { RtpPeer } from './support/rtp-peer.ts';
import { startSipp } from './support/sipp.ts';
import { establish, incoming, ok, scenario } from './support/sipp-scenario.ts';
import { concat, loudMs } from './support/tones.ts';
import { waitFor } from './support/wait-for.ts';

const WELCOME = 'Hello, how can I help you?';
/** Silence after which the hub hears that the caller has finished: that of its default profile. */
const ENDPOINTING_MS = 600;
/** Nobody answers sooner than that, if the caller was let finish: Deepgram ends an utterance after 300 ms. */
const LEAST_MS = { hub: ENDPOINTING_MS, vendor: 300 } as const;
const DEAD_AIR_MS = 1_500;
/** One that does not open has so long: nobody who speaks waits for that. */
const OPEN_MS = 8_000;
/** For jitter buffers, the bot, the voice and the playout, on a machine that does other things as well. */
const ALLOWANCE_MS = 300;

/** Understands one word of anything that is loud for 200 ms. */
class LoudEar {
  silentFrames = 0;
  #frames = 0;

  push(samples: Int16Array): number | undefined {
    const loud = levelDbfs(samples) > -40;
    this.silentFrames = loud ? 0 : this.silentFrames + 1;
    if (loud) this.#frames += 1;
    else if (this.silentFrames > 20) this.#frames = 0;
    return this.#frames === 10 && loud ? 1 : undefined;
  }
}

interface Case {
  endpointing: 'hub' | 'vendor';
  /** Before the call, or when the caller is about to speak. */
  when: 'calling' | 'speaking';
  hang(first: FakeDeepgram): void;
}

const freeze = (first: FakeDeepgram) => {
  first.frozen = true;
};
const neverOpen = (first: FakeDeepgram) => {
  first.hangs = true;
};
const neverFinal = (first: FakeDeepgram) => {
  first.withholdsFinals = true;
};

const CASES: readonly [string, Case][] = [
  ['its socket freezes', { endpointing: 'hub', when: 'speaking', hang: freeze }],
  ['its socket freezes, and it was to find the end', { endpointing: 'vendor', when: 'speaking', hang: freeze }],
  ['it was to find the end, and never says a final', { endpointing: 'vendor', when: 'speaking', hang: neverFinal }],
  ['it never opens', { endpointing: 'hub', when: 'calling', hang: neverOpen }],
  ['it never opens, and was to find the end', { endpointing: 'vendor', when: 'calling', hang: neverOpen }],
];

const llm = new FakeLlmServer();
const spare = new FakeDeepgram({ ear: () => new LoudEar() });
const firsts = CASES.map(() => new FakeDeepgram({ ear: () => new LoudEar() }));
let hub: HubProcess;
let sentence: Int16Array;

beforeAll(async () => {
  llm.answer = () => ({ text: 'It is done.', tools: [{ name: 'hang_up', args: { reason: 'all said' } }] });
  const [url, spareUrl, ...urls] = await Promise.all([llm, spare, ...firsts].map((server) => server.listen()));
  const service = (id: string, at: string | undefined, endpointing: string) => ({
    ...{ id, vendor: 'deepgram', apiKey: 'key', url: at, stt: { endpointing }, connectMs: OPEN_MS },
  });
  const bots = CASES.map(([, { endpointing }], index) => ({
    ...{ id: `bot-${index}`, connector: 'llm', url, model: 'fake-model', systemPrompt: 'Help.', welcome: WELCOME },
    speech: { stt: [`first-${index}`, `spare-${endpointing}`], tts: ['spare-hub'] },
    parameters: { language: 'en-US' },
  }));
  hub = await HubProcess.start({
    program: TEST_LAUNCHER,
    botUrl: '',
    extra: {
      ...severalBots(bots as unknown as Parameters<typeof severalBots>[0]),
      speech: { openMs: OPEN_MS },
      speechServices: [
        ...['hub', 'vendor'].map((endpointing) => service(`spare-${endpointing}`, spareUrl, endpointing)),
        ...CASES.map(([, { endpointing }], index) => service(`first-${index}`, urls[index], endpointing)),
      ],
    },
  });
  const voice = createLocalTts({ id: 'v', workers: 1, maxTextChars: 200, clock: systemClock, warn: () => {} });
  const request = { callId: 'c', text: 'I would like to book a table.', language: 'en-US', voice: undefined } as const;
  const pieces = [];
  const { signal } = new AbortController();
  for await (const piece of voice.synthesize({ ...request, sampleRate: 8000 }, signal)) pieces.push(piece);
  await voice.close();
  const whole = concat(...pieces);
  sentence = whole.subarray(
    whole.findIndex((sample) => Math.abs(sample) > 1_000),
    whole.findLastIndex((sample) => Math.abs(sample) > 1_000),
  );
});
afterAll(async () => {
  await hub?.stop();
  await Promise.all([llm, spare, ...firsts].map((server) => server.close()));
});

describe.concurrent('the first recogniser hangs: the caller hears the reply within 1.5 s of the end of speech', () => {
  for (const [index, [name, { endpointing, when, hang }]] of CASES.entries()) {
    peerTest('sipp', name, async () => {
      const first = firsts[index] as FakeDeepgram;
      if (when === 'calling') hang(first);
      await using rtp = await RtpPeer.open();
      const bye = incoming('BYE', { timeoutMs: 30_000, contains: ['all said'] });
      const phone = startSipp({
        scenario: scenario('call', [...establish(), bye, ok()]),
        hubPort: hub.ports.sip,
        service: `bot-${index}`,
        mediaPort: rtp.port,
      });
      await rtp.startWhenHeard();
      await waitFor('the welcome', 10_000, () => loudMs(rtp.audio()) >= 10 * WELCOME.length - 60 || undefined);
      if (when === 'speaking') hang(first);
      await rtp.say(sentence);
      const { hushedAtMs } = rtp;
      const reply = await waitFor('the reply', 10_000, () =>
        rtp.heard.find(({ atMs, payload }) => atMs > hushedAtMs && levelDbfs(decodeLaw(payload, 'PCMU')) > -40),
      );
      const silentMs = Math.round(reply.atMs - hushedAtMs);
      expect(silentMs).toBeGreaterThan(LEAST_MS[endpointing]);
      expect(silentMs).toBeLessThanOrEqual(ENDPOINTING_MS + DEAD_AIR_MS + ALLOWANCE_MS);
      expect(await phone.done).toMatchObject({ exitCode: 0, successful: 1 });
      const record = await hub.endedCall(
        ({ destination }) => destination !== undefined && 'bot' in destination && destination.bot === `bot-${index}`,
      );
      const said = record.transcript.filter(({ speaker }) => speaker === 'caller').map(({ text }) => text);
      expect(said).toEqual(['1']);
      const failovers = record.transcript.filter(({ kind }) => kind === 'event').map(({ text }) => text);
      expect(failovers).toEqual([expect.stringMatching(/^speech\.failover stt first-\d -> spare-/)]);
    });
  }
});
