import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FakeAnswer, FakeLlmServer, type FakeRequest } from '../../connectors/bots/llm/fake-server.ts';
import { FakeDeepgram } from '../../connectors/speech/deepgram/fake-server.ts';
import { ServedClock } from '../contract/faults/served-clock.ts';
import { severalBots } from './support/hub-config.ts';
import { HubProcess, TEST_LAUNCHER } from './support/hub-process.ts';
import { peerTest } from './support/peers.ts';
import { RtpPeer } from './support/rtp-peer.ts';
import { startSipp } from './support/sipp.ts';
import { establish, incoming, ok, scenario } from './support/sipp-scenario.ts';
import { concat, goertzel, loudMs, silence, tone, toneMs } from './support/tones.ts';
import { waitFor } from './support/wait-for.ts';

const WELCOME = 'Hello, this is the surgery, what can I do for you?';
/** What no caller hears. */
const WARM = 'One moment please.';
const FIRST = 'Of course, I will look that up for you now.';
const REST = 'The next free appointment is on Tuesday at a quarter past nine in the morning.';
const PIECE_MS = 100;
const LONG = [
  'The surgery is open from Monday to Friday between eight in the morning and six in the evening, on Wednesdays until noon.',
  'You will find us on the second floor of the house behind the old town hall, right beside the pharmacy and the bakery.',
  'Please bring your insurance card and the letter of your doctor, and be there ten minutes before your appointment.',
] as const;
const GOODBYE: FakeAnswer = { text: 'Goodbye then.', tools: [{ name: 'hang_up', args: { reason: 'all said' } }] };
/** How long Deepgram's double speaks for a text. */
const spokenMs = (text: string) => text.length * 10;

/** What the model answers, by the bot that asks and the number of the request. */
const ANSWERS: Readonly<Record<string, readonly FakeAnswer[]>> = {
  streams: [{ text: `${FIRST} ${REST}`, pieceMs: PIECE_MS }, GOODBYE],
  interrupted: [{ text: LONG.join(' ') }, GOODBYE],
  overloaded: [{ status: 429, headers: { 'retry-after': '0' } }, GOODBYE],
  fails: [{ status: 500 }, { status: 500 }],
  'stt-breaks': [GOODBYE],
  'tts-frozen': [GOODBYE],
  'tts-hangs': [{ text: FIRST }, GOODBYE],
};

const WORDS_HZ = [400, 500, 600, 700, 800, 900];
const WORD_FRAMES = 8;

/** Understands a tone of 160 ms as its frequency; unlike `wordFrames` it may have been cut, or have a gap, on its way. */
class ToneEar {
  silentFrames = 0;
  #word: number | undefined;
  #frames = 0;

  push(samples: Int16Array): number | undefined {
    const word = WORDS_HZ.find((hertz) => goertzel(samples, hertz) > 0.15);
    this.silentFrames = word === undefined ? this.silentFrames + 1 : 0;
    if (word === undefined) {
      if (this.silentFrames === 14) this.#word = undefined;
      return undefined;
    }
    this.#frames = word === this.#word ? this.#frames + 1 : 1;
    this.#word = word;
    return this.#frames === WORD_FRAMES ? word : undefined;
  }
}

const llm = new FakeLlmServer();
const ear = () => new ToneEar();
const [deepgram, breaking] = [new FakeDeepgram({ ear }), new FakeDeepgram({ ear })];
const [frozen, hanging] = [new FakeDeepgram(), new FakeDeepgram()];
/** It runs as long as the tests do. */
const clock = new ServedClock(1);
const stopClock = clock.after(600_000, () => {});
/** Of each bot, with the time at which they came. */
const requests = new Map<string, { atMs: number; request: FakeRequest }[]>();
let hub: HubProcess;

beforeAll(async () => {
  llm.answer = (request) => {
    const bot = request.body.messages[0]?.content ?? '';
    const own = requests.get(bot) ?? [];
    if (bot === 'tts-hangs') hanging.frozen = true;
    requests.set(bot, [...own, { atMs: clock.now(), request }]);
    return ANSWERS[bot]?.[own.length] ?? GOODBYE;
  };
  frozen.frozen = true;
  const [url, ...speechUrls] = await Promise.all(
    [llm, deepgram, breaking, frozen, hanging].map((server) => server.listen()),
  );
  const service = (id: string, at: string | undefined) => {
    // A pause of the machine within a sentence is not to end it where two words are to come as one text.
    const stt = { endpointing: 'vendor', endpointingMs: id === 'breaking' ? 1_000 : 300 };
    return { id, vendor: 'deepgram', apiKey: 'key', url: at, stt };
  };
  const botOf = (id: string, speech: object = { stt: 'deepgram', tts: ['deepgram'] }) => ({
    id,
    connector: 'llm',
    url,
    model: 'fake-model',
    systemPrompt: id,
    welcome: WELCOME,
    speech,
    parameters: { language: 'en-US', bargeIn: true, botFailureSpeech: LONG[0] },
  });
  const bots = [
    botOf('streams', { stt: 'deepgram', tts: ['deepgram'], warmUp: [WARM] }),
    ...['interrupted', 'overloaded', 'fails'].map((id) => botOf(id)),
    botOf('stt-breaks', { stt: 'breaking', tts: ['deepgram'] }),
    botOf('tts-frozen', { stt: 'deepgram', tts: ['frozen', 'speech'] }),
    botOf('tts-hangs', { stt: 'deepgram', tts: ['hanging', 'speech'] }),
  ];
  hub = await HubProcess.start({
    program: TEST_LAUNCHER,
    botUrl: '',
    extra: {
      ...severalBots(bots as unknown as Parameters<typeof severalBots>[0]),
      speechServices: [
        { id: 'speech', vendor: 'local' },
        ...['deepgram', 'breaking', 'frozen', 'hanging'].map((id, index) => service(id, speechUrls[index])),
      ],
    },
  });
});
afterAll(async () => {
  stopClock();
  await hub?.stop();
  await Promise.all([llm, deepgram, breaking, frozen, hanging].map((server) => server.close()));
});

/** A call to one of the bots, up to the end of its welcome. */
async function call(bot: string, rtp: RtpPeer, reason: string) {
  const bye = incoming('BYE', { timeoutMs: 30_000, contains: [reason] });
  const phone = startSipp({
    scenario: scenario('call', [...establish(), bye, ok()]),
    hubPort: hub.ports.sip,
    service: bot,
    mediaPort: rtp.port,
  });
  await rtp.startWhenHeard();
  /** Words are tones here, known by their frequency; Deepgram's double ends an utterance after 300 ms. */
  const say = (...words: readonly number[]) =>
    rtp.say(concat(...words.flatMap((hertz) => [tone(hertz, 600), silence(120)]), silence(400)));
  return {
    /** Says it until somebody has understood it: the model gets its request of that number. */
    async ask(number: number, ...words: readonly number[]) {
      const asked = () => requests.get(bot)?.[number - 1];
      for (let attempt = 1; attempt < 4; attempt++) {
        await say(...words);
        const found = await waitFor('the request', 3_000, asked).catch(() => undefined);
        if (found !== undefined) return found;
      }
      throw new Error(`${bot} never got request ${number}`);
    },
    heardMs: () => loudMs(rtp.audio()),
    heard: (ms: number, what: string) => waitFor(what, 10_000, () => loudMs(rtp.audio()) >= ms || undefined),
    async ended() {
      const result = await phone.done;
      expect(result.errors).toBe('');
      expect(result).toMatchObject({ exitCode: 0, successful: 1 });
      return hub.endedCall(
        ({ destination }) => destination !== undefined && 'bot' in destination && destination.bot === bot,
      );
    },
  };
}

const lastMessages = ({ request }: { request: FakeRequest }, count: number) =>
  request.body.messages.slice(-count).map((message) => [message.role, message.content]);
/** Nearly all of a text was heard: the last frame of each sentence may be cut by packets. */
const NEARLY_MS = 60;

it('a hub says the texts of speech.warmUp when it has started, and no caller hears them', async () => {
  await waitFor('the text', 10_000, () => deepgram.spoken.includes(WARM) || undefined);
  expect(await hub.calls()).toEqual([]);
});

describe.concurrent('a language model with Deepgram holds a call', () => {
  peerTest('sipp', 'the first sentence is spoken while the model still writes the rest', async () => {
    await using rtp = await RtpPeer.open();
    const { ask, heard, ended } = await call('streams', rtp, 'all said');
    await heard(spokenMs(WELCOME) - NEARLY_MS, 'the welcome');
    const asked = await ask(1, 500);
    expect(lastMessages(asked, 2)).toEqual([
      ['assistant', WELCOME],
      ['user', '500'],
    ]);
    await heard(spokenMs(WELCOME) + 100, 'the first sentence');
    const words = `${FIRST} ${REST}`.split(' ').length;
    expect(clock.now() - asked.atMs).toBeLessThan(words * PIECE_MS);
    await heard(spokenMs(WELCOME + FIRST + REST) - 2 * NEARLY_MS, 'the rest');
    expect(lastMessages(await ask(2, 700), 2)).toEqual([
      ['assistant', `${FIRST} ${REST}`],
      ['user', '700'],
    ]);
    expect((await ended()).end).toMatchObject({ category: 'bot-hangup', by: 'bot', text: 'all said' });
  });

  peerTest('sipp', 'an interruption cuts the history to what was heard', async () => {
    await using rtp = await RtpPeer.open();
    const { ask, heard, heardMs, ended } = await call('interrupted', rtp, 'all said');
    await heard(spokenMs(WELCOME) - NEARLY_MS, 'the welcome');
    await ask(1, 500);
    await heard(spokenMs(WELCOME) + 200, 'the answer');
    const asked = await ask(2, 600);
    const [said, input] = lastMessages(asked, 2);
    expect(input).toEqual(['user', '600']);
    const text = String(said?.[1]);
    expect(text).toMatch(/…$/);
    expect(LONG.join(' ').startsWith(text.slice(0, -1))).toBe(true);
    const record = await ended();
    const cut = record.transcript.find(({ interrupted }) => interrupted);
    // Mostly it is the first sentence; on a busy machine the caller may have to say it twice.
    const before = LONG.slice(0, LONG.indexOf(cut?.text as (typeof LONG)[number]));
    expect([...before, cut?.text]).toEqual(LONG.slice(0, before.length + 1));
    // What the record says was heard, and what was: the answer and the goodbye, and no sentence after the one that was cut.
    const heardOfCut = heardMs() - spokenMs(`${WELCOME}${before.join('')}Goodbye then.`);
    expect(Math.abs(heardOfCut - (cut?.playedMs ?? 0))).toBeLessThan(250);
    expect(heardOfCut).toBeLessThan(spokenMs(String(cut?.text)));
  });

  peerTest('sipp', 'a model that is overloaded for a moment is asked once more', async () => {
    await using rtp = await RtpPeer.open();
    const { ask, heard, ended } = await call('overloaded', rtp, 'all said');
    await heard(spokenMs(WELCOME) - NEARLY_MS, 'the welcome');
    await ask(1, 500);
    expect((await ended()).end).toMatchObject({ category: 'bot-hangup', text: 'all said' });
    expect(requests.get('overloaded')).toHaveLength(2);
  });

  peerTest('sipp', 'a model that fails: the caller hears the apology, the record tells why', async () => {
    await using rtp = await RtpPeer.open();
    const { ask, heard, heardMs, ended } = await call('fails', rtp, 'Reason:.*503');
    await heard(spokenMs(WELCOME) - NEARLY_MS, 'the welcome');
    await ask(1, 500);
    const record = await ended();
    expect(heardMs()).toBeGreaterThan(spokenMs(WELCOME + LONG[0]) - 2 * NEARLY_MS);
    expect(record.end).toMatchObject({ category: 'bot-failure', text: expect.stringMatching(/overloaded/) });
  });

  peerTest(
    'sipp',
    'recognition that breaks in the middle of a word: it is opened again, and every word comes once',
    async () => {
      await using rtp = await RtpPeer.open();
      const { ask, heard, ended } = await call('stt-breaks', rtp, 'all said');
      await heard(spokenMs(WELCOME) - NEARLY_MS, 'the welcome');
      const asking = ask(1, 800, 900);
      await new Promise((resolve) => setTimeout(resolve, 600));
      breaking.break();
      expect(lastMessages(await asking, 1)).toEqual([['user', '800 900']]);
      expect((await ended()).end).toMatchObject({ category: 'bot-hangup' });
      expect(breaking.requests.filter(({ path }) => path === '/v1/listen').length).toBeGreaterThan(1);
    },
  );

  peerTest('sipp', 'a voice that says nothing: the next one speaks, and the record tells', async () => {
    await using rtp = await RtpPeer.open();
    const { ask, ended } = await call('tts-frozen', rtp, 'all said');
    await waitFor(
      'the other voice',
      10_000,
      () => toneMs(rtp.audio(), 1_000) >= 60 * WELCOME.length - 200 || undefined,
    );
    await ask(1, 500);
    const record = await ended();
    expect(record.end).toMatchObject({ category: 'bot-hangup' });
    const failovers = record.transcript.filter(({ text }) => text.startsWith('speech.failover tts frozen -> speech'));
    expect(failovers).toHaveLength(1);
  });

  peerTest('sipp', 'a voice that hangs in a call: no more than 1.5 s of silence, and all words, once', async () => {
    await using rtp = await RtpPeer.open();
    const { ask, heard, ended } = await call('tts-hangs', rtp, 'all said');
    await heard(spokenMs(WELCOME) - NEARLY_MS, 'the welcome');
    const { atMs } = await ask(1, 500);
    /** Of the other voice. */
    const spoken = (text: string) => text.length * 60;
    const heardOther = () => toneMs(rtp.audio(), 1_000);
    await waitFor('the other voice', 10_000, () => heardOther() >= 40 || undefined);
    expect(clock.now() - atMs).toBeLessThan(1_500);
    await waitFor('all of it', 10_000, () => heardOther() >= spoken(FIRST) - 100 || undefined);
    await ask(2, 600);
    const record = await ended();
    expect(hanging.spoken).toEqual([WELCOME, FIRST]);
    expect(Math.abs(heardOther() - spoken(`${FIRST}Goodbye then.`))).toBeLessThan(200);
    const text = expect.stringMatching(/^speech\.failover tts hanging -> speech: .*no audio for 1200 ms/);
    expect(record.transcript.filter(({ kind }) => kind === 'event')).toEqual([expect.objectContaining({ text })]);
    const stream = await hub.fetch('/api/v1/events?after=0&bot=tts-hangs');
    let streamed = '';
    for await (const piece of stream.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      streamed += piece;
      if (streamed.endsWith('}\n\n')) break;
    }
    expect(streamed).toMatch(/event: speech\.failover\nid: \d+\n/);
    expect(streamed).toMatch(/"kind":"tts","from":"hanging","to":"speech","reasonCode":"speech_timeout"/);
  });
});
