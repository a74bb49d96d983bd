import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Clock } from '../clock.ts';
import type { FakeEndpoint } from '../media/fake-endpoint.ts';
import { FakeMediaEngine } from '../media/fake-engine.ts';
import { sine } from '../media/tone.ts';
import { VirtualClock } from '../media/virtual-clock.ts';
import { readWav, writeWav } from '../media/wav.ts';
import type { TextToSpeech } from '../speech/ports.ts';
import { type CallEvent, narrate } from './call-events.ts';
import { CallFailure, type CallOutcome } from './outcome.ts';
import { type CallOptions, placeCall } from './place-call.ts';
import type { CallerUserAgent, DialogEnd, InviteOptions } from './user-agent.ts';

const ANSWER =
  'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\n';

/** A hub made of a script: what it says when, on the media clock. */
class FakeHub implements CallerUserAgent {
  invites: InviteOptions[] = [];
  hungUpByCaller = false;
  #end: (end: DialogEnd) => void = () => {};
  readonly #respond: (options: InviteOptions) => Promise<void>;

  constructor(respond: (options: InviteOptions) => Promise<void> = async () => {}) {
    this.#respond = respond;
  }

  async invite(options: InviteOptions) {
    this.invites.push(options);
    options.onSent('call-1@caller');
    await this.#respond(options);
    const ended = new Promise<DialogEnd>((resolve) => {
      this.#end = resolve;
    });
    return {
      remoteSdp: ANSWER,
      ended,
      sendInfo: async () => 200,
      onInfo: () => {},
      hangUp: async () => {
        this.hungUpByCaller = true;
        this.#end({ by: 'caller', reason: undefined });
      },
    };
  }

  hangUp(reason?: string): void {
    this.#end({ by: 'hub', reason });
  }

  async close(): Promise<void> {}
}

const voice: TextToSpeech = {
  id: 'test',
  capabilities: { streaming: false, ssml: false, languages: undefined },
  async *synthesize({ text, sampleRate }) {
    yield sine(570, 100 * text.length, sampleRate, 5000);
  },
};

let clock: VirtualClock;
let media: FakeMediaEngine;
let events: CallEvent[];
let folder: string;

beforeEach(async () => {
  clock = new VirtualClock();
  media = new FakeMediaEngine({ clock });
  events = [];
  folder = await mkdtemp(join(tmpdir(), 'caller-'));
});
afterEach(async () => {
  await media.close();
  await rm(folder, { recursive: true });
});

function place(hub: CallerUserAgent, options: Partial<CallOptions> = {}, signal = new AbortController().signal) {
  return placeCall(
    {
      to: 'sip:demo@127.0.0.1',
      from: 'sip:caller@127.0.0.1',
      steps: [],
      out: undefined,
      timeoutMs: 60_000,
      firstResponseMs: 5000,
      promptEndMs: 900,
      replyTimeoutMs: 5000,
      bargeInMs: undefined,
      api: undefined,
      language: 'en-US',
      voice: undefined,
      ...options,
    },
    { userAgent: hub, media, tts: voice, clock: clock as Clock, report: (event) => events.push(event), signal },
  );
}

/** Lets virtual time pass until the call is over; at most two minutes of it. */
async function finish(call: Promise<CallOutcome>): Promise<CallOutcome> {
  let over = false;
  const done = call.finally(() => {
    over = true;
  });
  done.catch(() => {});
  for (let waited = 0; !over && waited < 120_000; waited += 100) await passTime(100);
  return done;
}

/** File I/O of the caller needs real time beside the virtual one, or the call's time is up before a busy disk answers. */
async function passTime(ms: number): Promise<void> {
  await clock.run(ms);
  await new Promise((resolve) => setTimeout(resolve, 2));
}

function line(): FakeEndpoint {
  const [endpoint] = media.endpoints;
  if (!endpoint) throw new Error('no endpoint');
  return endpoint;
}

const prompt = (ms: number) => sine(330, ms, 8000, 6000);

test('the caller waits for the greeting, speaks, waits for the reply, and measures it', async () => {
  const hub = new FakeHub();
  const out = join(folder, 'deep/call.wav');
  const call = place(hub, { steps: [{ kind: 'say', text: 'hello' }], out });
  await passTime(500);
  line().caller.speak(prompt(1000));
  await passTime(1900);
  expect(line().caller.played()).toEqual([]);
  await passTime(700);
  const spoken = line().caller.played();
  expect(spoken).toHaveLength(1);
  expect(spoken[0]?.samples).toHaveLength(4000);
  const spokenUntil = (spoken[0]?.atMs ?? 0) + 500;
  await passTime(spokenUntil + 700 - clock.now());
  line().caller.speak(prompt(400));
  const outcome = await finish(call);
  expect(outcome).toMatchObject({ ok: true, endedBy: 'caller', sipStatus: 200, sipCallId: 'call-1@caller' });
  expect(hub.hungUpByCaller).toBe(true);
  expect(outcome.turns).toHaveLength(1);
  expect(outcome.turns[0]?.said).toBe('"hello"');
  expect(Math.abs((outcome.turns[0]?.replyAfterMs ?? 0) - 700)).toBeLessThanOrEqual(40);
  const wav = readWav(await readFile(out));
  expect(wav.channels).toHaveLength(2);
  const loud = wav.channels.map((samples) => samples.filter((sample) => sample !== 0).length / 8);
  expect(loud[0]).toBeGreaterThan(480);
  expect(loud[0]).toBeLessThanOrEqual(500);
  expect(loud[1]).toBeGreaterThan(1350);
  expect(events.map((event) => event.type)).toEqual([
    'calling',
    'answered',
    'hub-starts',
    'hub-stops',
    'step',
    'hub-starts',
    'hub-stops',
    'caller-hangs-up',
    'ended',
  ]);
  expect(events.map(narrate)[1]).toBe('t=+0.00s  answered after 0 ms');
});

test('steps run in the order given: keys, a wait, a WAV file at another rate', async () => {
  const file = join(folder, 'in.wav');
  await writeFile(file, writeWav({ sampleRate: 16000, channels: [sine(700, 300, 16000, 8000)] }));
  const steps = [
    { kind: 'dtmf', digits: '12#' },
    { kind: 'wait', ms: 1000 },
    { kind: 'wav', file },
  ] as const;
  const call = place(new FakeHub(), { steps });
  for (let i = 0; i < 200 && media.endpoints[0] === undefined; i++) await passTime(0);
  line().caller.speak(new Int16Array(8 * 60_000));
  const outcome = await finish(call);
  const { caller } = line();
  expect(caller.digitsHeard.map(({ digit }) => digit).join('')).toBe('12#');
  const [wav] = caller.played();
  expect(wav?.samples.length).toBe(2400);
  expect(wav?.atMs).toBeGreaterThan((caller.digitsHeard[2]?.atMs ?? 0) + 6000);
  expect(outcome.ok).toBe(true);
  expect(events.filter((event) => event.type === 'step').map((event) => event.step.kind)).toEqual([
    'dtmf',
    'wait',
    'wav',
  ]);
});

test('barge-in speaks into the prompt and measures how fast it stops', async () => {
  const call = place(new FakeHub(), { steps: [{ kind: 'say', text: 'stop' }], bargeInMs: 600 });
  await passTime(100);
  line().caller.speak(prompt(900));
  const outcome = await finish(call);
  const [turn] = outcome.turns;
  expect(turn?.fromMs).toBeGreaterThanOrEqual(700);
  expect(turn?.fromMs).toBeLessThan(800);
  expect(turn?.promptStoppedAfterMs).toBeGreaterThan(200);
  expect(turn?.promptStoppedAfterMs).toBeLessThanOrEqual(320);
});

test('a hub that hangs up after the last step ends a good call; before it, a failed one', async () => {
  const polite = new FakeHub();
  const first = place(polite, { steps: [{ kind: 'say', text: 'bye' }] });
  await passTime(100);
  line().caller.speak(prompt(500));
  await passTime(3000);
  polite.hangUp('SIP;cause=200;text="Call completed"');
  expect(await finish(first)).toMatchObject({
    ok: true,
    endedBy: 'hub',
    hangupReason: 'SIP;cause=200;text="Call completed"',
  });

  media = new FakeMediaEngine({ clock });
  const rude = new FakeHub();
  const second = place(rude, { steps: [{ kind: 'say', text: 'bye' }] });
  await passTime(100);
  line().caller.speak(prompt(500));
  await passTime(200);
  rude.hangUp();
  expect(await finish(second)).toMatchObject({
    ok: false,
    endedBy: 'hub',
    text: expect.stringMatching(/before the script/),
  });
});

test('a refusal tells the status and what to do', async () => {
  const hub = new FakeHub(async () => {
    throw new CallFailure('call_refused', 'the call was refused with 404', { sipStatus: 404 });
  });
  const outcome = await finish(place(hub));
  expect(outcome).toMatchObject({
    ok: false,
    sipStatus: 404,
    advice: expect.stringMatching(/no routing rule/),
    turns: [],
  });
});

test('no response at all: given up after firstResponseMs, with the advice to start the hub', async () => {
  const hub = new FakeHub(() => new Promise(() => {}));
  const call = place(hub, { firstResponseMs: 3000 });
  const outcome = await finish(call);
  expect(clock.now()).toBeLessThan(3200);
  expect(outcome).toMatchObject({
    ok: false,
    sipStatus: undefined,
    text: 'no response from sip:demo@127.0.0.1 within 3000 ms',
    advice: expect.stringMatching(/npm start/),
  });
  expect(hub.invites[0]?.signal.aborted).toBe(true);
});

test('a hub that rings is waited for longer than firstResponseMs', async () => {
  const hub = new FakeHub(async ({ onProvisional }) => {
    onProvisional(180);
    await new Promise<void>((resolve) => clock.after(8000, resolve));
  });
  const outcome = await finish(place(hub, { steps: [{ kind: 'wait', ms: 10 }] }));
  expect(outcome.answeredAfterMs).toBe(8000);
  expect(events.map((event) => event.type)).toContain('provisional');
});

test('the time limit of the whole call hangs up and fails it', async () => {
  const call = place(new FakeHub(), { steps: [{ kind: 'wait', ms: 50_000 }], timeoutMs: 9000 });
  await passTime(100);
  line().caller.speak(new Int16Array(8 * 20_000));
  const outcome = await finish(call);
  expect(outcome).toMatchObject({ ok: false, endedBy: 'caller', text: expect.stringMatching(/longer than 9000 ms/) });
});

test('Ctrl-C hangs up', async () => {
  const interrupt = new AbortController();
  const hub = new FakeHub();
  const call = place(hub, { steps: [{ kind: 'wait', ms: 50_000 }] }, interrupt.signal);
  await passTime(1000);
  interrupt.abort();
  expect(await finish(call)).toMatchObject({ ok: false, text: 'interrupted' });
  expect(hub.hungUpByCaller).toBe(true);
});

test('a call without any audio from the hub has failed', async () => {
  const outcome = await finish(place(new FakeHub(), { steps: [{ kind: 'say', text: 'a' }], replyTimeoutMs: 500 }));
  expect(outcome).toMatchObject({ ok: false, text: expect.stringMatching(/no audio/) });
  expect(events.map((event) => event.type)).toContain('no-reply');
});

test('a file that is no audio is told before anything is sent', async () => {
  const file = join(folder, 'in.wav');
  await writeFile(file, 'not a wav');
  const hub = new FakeHub();
  const call = place(hub, { steps: [{ kind: 'wav', file }] });
  await expect(finish(call)).rejects.toMatchObject({ code: 'bad_audio_file', message: expect.stringContaining(file) });
  expect(hub.invites).toEqual([]);
  expect(line().closed).toBe(true);
});
