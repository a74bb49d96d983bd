import { afterEach, describe, expect, it } from 'vitest';
import type { EndReason } from '../calls/end-reason.ts';
import type { MachineDetector, MachineEvent } from '../dialout/machine-detection/detector.ts';
import { FakeMediaEngine } from '../media/fake-engine.ts';
import { VirtualClock } from '../media/virtual-clock.ts';
import { ANSWER } from './testing-calls.ts';
import { OutboundRig as Rig } from './testing-outbound.ts';

let rig: Rig;
const BOT_DONE: EndReason = { category: 'bot-hangup', by: 'bot', text: 'goodbye' };
const CANCELLED: EndReason = { category: 'api', by: 'operator', text: 'not now' };

afterEach(async () => {
  await rig.run(60_000);
  await rig.call.released;
  expect(rig.events.filter((event) => /^(?:failed|completed)/.test(event))).toHaveLength(1);
  expect(rig.media.endpoints.every(({ closed }) => closed)).toBe(true);
  expect(rig.clock.pending).toBe(0);
  expect(rig.records.at(-1)?.state).toBe('ended');
});

describe('a call that is answered', () => {
  it('tells the dialer each step in order, and the record how it came about', async () => {
    rig = new Rig();
    await rig.run(5);
    rig.sip.last.provisional(100);
    await rig.run(100);
    rig.sip.last.provisional(183, ANSWER);
    rig.sip.last.provisional(180);
    await rig.run(900);
    rig.sip.last.answer();
    await rig.run();
    expect(rig.answered).toBe('yes');
    rig.finish(BOT_DONE);
    await rig.run();
    expect(rig.events).toEqual([
      'initiated',
      'ringing 105 true',
      'setup 1005',
      'answered 1005',
      'completed bot-disconnected',
    ]);
    expect(rig.outcome).toEqual({
      status: 'completed',
      reasonCode: 'bot-disconnected',
      reason: 'goodbye',
      end: BOT_DONE,
    });
    expect(rig.records.map(({ state }) => state)).toEqual(['setup', 'answered', 'ended']);
    expect(rig.call.record).toMatchObject({
      sipCallId: 'call-1',
      remote: 'sip:g1',
      dial: { ringingMs: 105, answeredMs: 1005, alternativeRoute: false },
    });
    expect(rig.sip.last.dialog.destroyed).toMatchObject({ Reason: 'SIP;cause=200;text="goodbye"' });
  });

  it.each([
    [undefined, 'Client Side'],
    ['Q.850;cause=16', 'Q.850;cause=16'],
  ])('by a callee who hangs up with the reason %s', async (header, reason) => {
    rig = await new Rig().talking();
    rig.sip.last.dialog.emit('destroy', { source: 'network', get: () => header });
    await rig.run();
    expect(rig.told).toEqual(['gone callee-hangup']);
    expect(rig.outcome).toMatchObject({ status: 'completed', reasonCode: 'client-disconnected', reason });
  });

  it('follows re-INVITEs of the callee, also those that leave the offer to us', async () => {
    rig = await new Rig().talking();
    const answers: { status: number; body: string }[] = [];
    const respond = {
      send: (status: number, options: { body?: string }) => answers.push({ status, body: options.body ?? '' }),
    };
    const { dialog } = rig.sip.last;
    dialog.emit('modify', { body: ANSWER.replace('a=rtpmap', 'a=sendonly\r\na=rtpmap') }, respond);
    await new Promise((resolve) => setImmediate(resolve));
    await rig.run();
    dialog.emit('modify', { body: '' }, respond);
    await new Promise((resolve) => setImmediate(resolve));
    await rig.run();
    dialog.ack(ANSWER);
    await rig.run();
    expect(answers).toMatchObject([
      { status: 200, body: expect.stringContaining('a=recvonly') },
      { status: 200, body: expect.stringContaining('a=sendrecv') },
    ]);
    expect(rig.told).toEqual([]);
    rig.finish(BOT_DONE);
  });

  it('without SDP in the answer: the early one holds', async () => {
    rig = new Rig();
    await rig.run();
    rig.sip.last.provisional(183, ANSWER);
    rig.sip.last.answer('');
    await rig.run();
    expect(rig.answered).toBe('yes');
    rig.finish(BOT_DONE);
  });

  it('silence ends it after the answer only', async () => {
    rig = new Rig();
    await rig.run();
    rig.sip.last.provisional(183, ANSWER);
    await rig.run(10_000);
    expect(rig.told).toEqual([]);
    rig.sip.last.answer();
    await rig.run();
    rig.endpoint?.emit('timeout', { silentMs: 5_000 });
    await rig.run();
    expect(rig.outcome).toMatchObject({ status: 'completed', reasonCode: 'error', end: { category: 'media-timeout' } });
  });

  it('an answer that cannot be used is hung up: never answered, as far as the dialer is concerned', async () => {
    rig = new Rig();
    await rig.run();
    rig.sip.last.answer('v=0\r\no=- 1 1 IN IP4 1.1.1.1\r\ns=-\r\nt=0 0\r\nm=audio 9 RTP/AVP 18\r\n');
    await rig.run();
    expect(rig.outcome).toMatchObject({ status: 'failed', reasonCode: 'error', end: { category: 'media-failure' } });
    expect(rig.sip.last.dialog.destroyed).toBeDefined();
    expect(rig.events).not.toContain('answered 0');
  });
});

describe('a call that is not answered', () => {
  it.each([
    [486, 'busy'],
    [603, 'declined'],
    [480, 'no-answer'],
    [404, 'error'],
  ])('%d: %s', async (status, reasonCode) => {
    rig = new Rig();
    await rig.run();
    rig.sip.last.refuse(status, 'Words');
    await rig.run();
    expect(rig.outcome).toMatchObject({ status: 'failed', reasonCode, reason: `SIP ;cause=${status} ;text="Words"` });
    expect(rig.answered).toBe('no');
    expect(rig.call.record.dial?.attempts).toMatchObject([
      { gateway: 'sip:g1', sipCallId: 'call-1', sipStatus: status },
    ]);
  });

  it('rang for too long', async () => {
    rig = new Rig();
    await rig.run();
    rig.sip.last.provisional(180);
    await rig.run(20_000);
    expect(rig.sip.last.cancelled).toBe(true);
    expect(rig.outcome).toMatchObject({ status: 'failed', reasonCode: 'no-answer' });
    rig.sip.last.refuse(487);
  });

  it('another gateway: the record has both attempts', async () => {
    rig = new Rig();
    await rig.run();
    rig.sip.last.refuse(503, 'Busy Lines');
    await rig.run();
    rig.sip.last.answer();
    await rig.run();
    expect(rig.call.record).toMatchObject({
      sipCallId: 'call-2',
      remote: 'sip:g2',
      dial: { alternativeRoute: true, attempts: [{ sipStatus: 503 }, { outcome: 'answered' }] },
    });
    expect(rig.events.filter((event) => event === 'initiated')).toHaveLength(1);
    rig.finish(BOT_DONE);
  });

  it('no media endpoint is free: no INVITE', async () => {
    const media = new FakeMediaEngine({ clock: new VirtualClock(), maxEndpoints: 0 });
    rig = new Rig({ media });
    await rig.run();
    expect(rig.sip.attempts).toHaveLength(0);
    expect(rig.outcome).toMatchObject({ status: 'failed', reasonCode: 'error', end: { category: 'media-failure' } });
  });

  it('a conversation that cannot be started ends it', async () => {
    rig = new Rig({
      start: () => {
        throw new Error('no such bot');
      },
    });
    await rig.run();
    expect(rig.outcome).toMatchObject({ status: 'failed', reasonCode: 'error' });
  });
});

describe('cancelling', () => {
  it('before there is an endpoint: nothing is sent', async () => {
    rig = new Rig();
    rig.call.cancel(CANCELLED);
    await rig.run();
    expect(rig.sip.attempts).toHaveLength(0);
    expect(rig.outcome).toMatchObject({ status: 'failed', reasonCode: 'error', end: CANCELLED });
  });

  it('while it rings; once is as good as twice', async () => {
    rig = new Rig();
    await rig.run();
    rig.sip.last.provisional(180);
    rig.call.cancel(CANCELLED);
    rig.call.cancel({ ...CANCELLED, text: 'again' });
    await rig.run();
    expect(rig.sip.last.cancelled).toBe(true);
    expect(rig.outcome).toMatchObject({ status: 'failed', end: CANCELLED });
    rig.sip.last.refuse(487);
  });

  it('in the moment of the answer: hung up, and failed', async () => {
    rig = new Rig();
    await rig.run();
    rig.sip.last.answer();
    rig.call.cancel(CANCELLED);
    await rig.run();
    expect(rig.sip.last.dialog.destroyed).toBeDefined();
    expect(rig.outcome).toMatchObject({ status: 'failed' });
    expect(rig.events.some((event) => event.startsWith('answered'))).toBe(false);
  });

  it('of a callee who never confirms it holds nobody up for long', async () => {
    rig = new Rig();
    await rig.run();
    rig.call.cancel(CANCELLED);
    await rig.run();
    let released = false;
    void rig.call.released.then(() => {
      released = true;
    });
    await rig.run(4_999);
    expect(released).toBe(false);
    await rig.run(1);
    expect(released).toBe(true);
  });

  it('after the answer: BYE', async () => {
    rig = await new Rig().talking();
    rig.call.cancel(CANCELLED);
    await rig.run();
    expect(rig.outcome).toMatchObject({ status: 'completed', reasonCode: 'error', end: CANCELLED });
    expect(rig.sip.last.dialog.destroyed).toBeDefined();
  });
});

describe('machine detection', () => {
  /** Says at the given frames what a test wants. */
  function detector(script: Record<number, MachineEvent>, end = Math.max(...Object.keys(script).map(Number))) {
    let frames = 0;
    return {
      push: () => script[++frames],
      hypothesis: () => undefined,
      guess: () => undefined,
      dictation: () => undefined,
      verdict: undefined,
      elapsedMs: 0,
      get done() {
        return frames >= end;
      },
    } satisfies MachineDetector;
  }
  const verdict = (type: 'human' | 'answering-machine' | 'fax'): MachineEvent => ({
    type: 'verdict',
    verdict: { type, decidedAfterMs: 60, evidence: { because: 'test' } },
  });
  const frame = { samples: new Int16Array(160), sampleRate: 8000 as const, timestampMs: 0, bufferedMs: 0 };
  const hear = (frames: number) => {
    for (let i = 0; i < frames; i++) rig.outbound?.onAudio?.(frame);
  };

  it('detect: the dialer, the record and the bot are told', async () => {
    rig = await new Rig({
      machineDetection: {
        mode: 'detect',
        detector: detector({ 3: verdict('answering-machine') }),
        awaitGreetingEnd: false,
        wordsExpected: false,
      },
    }).talking();
    expect(rig.outbound).toMatchObject({ held: false, listens: false });
    hear(10);
    expect(rig.told).toEqual(['machine answering-machine', 'release']);
    expect(rig.events).toContain('machine answering-machine');
    expect(rig.call.record.dial?.machine).toMatchObject({ type: 'answering-machine', evidence: { because: 'test' } });
    rig.finish(BOT_DONE);
  });

  it('a recogniser that takes dictation is to listen from the answer on', async () => {
    rig = await new Rig({
      machineDetection: { mode: 'detect', detector: detector({}), awaitGreetingEnd: false, wordsExpected: true },
    }).talking();
    expect(rig.outbound).toMatchObject({ listens: true });
    rig.finish(BOT_DONE);
  });

  it('disconnect: a machine is hung up on, a human is not', async () => {
    rig = await new Rig({
      machineDetection: {
        mode: 'disconnect',
        detector: detector({ 2: verdict('fax') }),
        awaitGreetingEnd: false,
        wordsExpected: false,
      },
    }).talking();
    hear(5);
    await rig.run();
    expect(rig.outcome).toMatchObject({
      status: 'completed',
      reasonCode: 'machine-detected',
      reason: 'Machine Detected',
    });
    await rig.call.released;
    rig = await new Rig({
      machineDetection: {
        mode: 'disconnect',
        detector: detector({ 2: verdict('human') }),
        awaitGreetingEnd: false,
        wordsExpected: false,
      },
    }).talking();
    hear(5);
    expect(rig.told).toEqual(['release']);
    rig.finish(BOT_DONE);
  });

  it('the bot is held until the greeting is over', async () => {
    const end: MachineEvent = { type: 'greetingEnd', by: 'beep', atMs: 100, beepHz: 1000 };
    rig = await new Rig({
      machineDetection: {
        mode: 'detect',
        detector: detector({ 2: verdict('answering-machine'), 5: end }),
        awaitGreetingEnd: true,
        wordsExpected: false,
      },
    }).talking();
    expect(rig.outbound?.held).toBe(true);
    hear(4);
    expect(rig.told).toEqual(['machine answering-machine']);
    hear(1);
    expect(rig.told).toEqual(['machine answering-machine', 'release']);
    rig.finish(BOT_DONE);
  });

  it('a detector that fails lets the bot begin', async () => {
    const broken: MachineDetector = {
      ...detector({ 1: verdict('human') }),
      push: () => {
        throw new Error('broken');
      },
    };
    rig = await new Rig({
      machineDetection: { mode: 'detect', detector: broken, awaitGreetingEnd: true, wordsExpected: false },
    }).talking();
    hear(3);
    expect(rig.told).toEqual(['release']);
    rig.finish(BOT_DONE);
  });
});
