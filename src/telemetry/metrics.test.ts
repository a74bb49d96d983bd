import { describe, expect, onTestFinished, test } from 'vitest';
import { turnStretches } from '../conversation/turn-stretches.ts';
import { createMetrics } from './metrics.ts';

/** The value of one series, by its exact name and labels. */
async function value(metrics: ReturnType<typeof createMetrics>, series: string): Promise<number | undefined> {
  const line = (await metrics.text()).split('\n').find((candidate) => candidate.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length + 1));
}

function setUp() {
  const metrics = createMetrics({ processMetrics: false });
  onTestFinished(() => metrics.close());
  return { metrics, get: (series: string) => value(metrics, series) };
}

const ended = 'patchbay_calls_ended_total{direction="inbound",category="caller-hangup",by="caller",sip_status=""}';
const active = (state: string) => `patchbay_calls_active{direction="inbound",state="${state}"}`;

describe('metrics of calls', () => {
  test('follow the state of each call, however often they are told', async () => {
    const { metrics, get } = setUp();
    const [first, second] = [metrics.call('inbound'), metrics.call('inbound')];
    expect(await get(active('setup'))).toBe(2);
    first.answered(20);
    first.answered(20);
    expect([await get(active('setup')), await get(active('answered'))]).toEqual([1, 1]);
    const reason = { category: 'caller-hangup', by: 'caller', text: 'BYE' } as const;
    first.ended(reason);
    first.ended(reason);
    first.answered(20);
    second.ended({ category: 'rejected', by: 'hub', text: 'no codec', sipStatus: 488 });
    expect([await get(active('setup')), await get(active('answered'))]).toEqual([0, 0]);
    expect(await get(ended)).toBe(1);
    expect(
      await get('patchbay_calls_ended_total{direction="inbound",category="rejected",by="hub",sip_status="488"}'),
    ).toBe(1);
    expect(await get('patchbay_calls_started_total{direction="inbound"}')).toBe(2);
    expect(await get('patchbay_call_setup_seconds_bucket{le="0.02",direction="inbound"}')).toBe(1);
    expect(await get('patchbay_call_setup_seconds_bucket{le="0.01",direction="inbound"}')).toBe(0);
  });

  test('add up the RTP counters of all calls', async () => {
    const { metrics, get } = setUp();
    const [first, second] = [metrics.call('inbound'), metrics.call('inbound')];
    const stats = {
      ...{ packetsReceived: 50, packetsSent: 49, packetsLost: 2, packetsLate: 1, packetsFromStrangers: 3 },
      ...{ packetsSkipped: 0, concealedMs: 40, trimmedMs: 60, cutMs: 10 },
    };
    first.rtp(stats);
    first.rtp({ ...stats, packetsReceived: 100 });
    first.rtp({ ...stats, packetsReceived: 100 });
    second.rtp(stats);
    expect(await get('patchbay_rtp_packets_total{kind="received"}')).toBe(150);
    expect(await get('patchbay_rtp_packets_total{kind="lost"}')).toBe(4);
    expect(await get('patchbay_rtp_packets_total{kind="late"}')).toBe(2);
    expect(await get('patchbay_rtp_packets_total{kind="stranger"}')).toBe(6);
    expect(await get('patchbay_rtp_packets_total{kind="skipped"}')).toBe(0);
    expect(await get('patchbay_rtp_audio_seconds_total{kind="concealed"}')).toBeCloseTo(0.08);
    expect(await get('patchbay_rtp_audio_seconds_total{kind="trimmed"}')).toBeCloseTo(0.12);
    expect(await get('patchbay_rtp_audio_seconds_total{kind="cut"}')).toBeCloseTo(0.02);
  });

  test('count refusals, rejected speech and failing bots', async () => {
    const { metrics, get } = setUp();
    metrics.refused('no-route');
    metrics.speechRejected('local');
    metrics.speechFailed('local', 'tts');
    metrics.botRequest('demo', 30);
    metrics.botRequest('demo', 3000, 'bot_unreachable');
    expect(await get('patchbay_calls_refused_total{reason="no-route"}')).toBe(1);
    expect(await get('patchbay_speech_rejected_total{service="local"}')).toBe(1);
    expect(await get('patchbay_speech_failures_total{service="local",kind="tts"}')).toBe(1);
    expect(await get('patchbay_bot_request_seconds_count{bot="demo"}')).toBe(2);
    expect(await get('patchbay_bot_request_failures_total{bot="demo",code="bot_unreachable"}')).toBe(1);
  });
});

test('speech services: what is in use, and what waits for local ones', async () => {
  const { metrics, get } = setUp();
  const jobs = new Map([['local', 3]]);
  metrics.watchSpeechJobs(() => jobs);
  const done = [metrics.speechInUse('local', 'stt'), metrics.speechInUse('local', 'stt')];
  metrics.speechInUse('local', 'tts');
  expect(await get('patchbay_speech_in_use{service="local",kind="stt"}')).toBe(2);
  expect(await get('patchbay_speech_in_use{service="local",kind="tts"}')).toBe(1);
  expect(await get('patchbay_speech_jobs{service="local"}')).toBe(3);
  done[0]?.();
  done[0]?.();
  jobs.set('local', 0);
  expect(await get('patchbay_speech_in_use{service="local",kind="stt"}')).toBe(1);
  expect(await get('patchbay_speech_jobs{service="local"}')).toBe(0);
});

describe('latency of turns', () => {
  test('is split where the time went', async () => {
    const { metrics, get } = setUp();
    metrics.turn({
      lastVoicedAt: 0,
      endOfSpeechAt: 400,
      finalTextAt: 450,
      botRequestAt: 451,
      botReplyAt: 500,
      ttsFirstByteAt: 520,
      firstRtpAt: 530,
    });
    expect(await get('patchbay_turn_latency_seconds_sum{stretch="total"}')).toBeCloseTo(0.53);
    expect(await get('patchbay_turn_latency_seconds_sum{stretch="endpointing"}')).toBeCloseTo(0.4);
    expect(await get('patchbay_turn_latency_seconds_sum{stretch="playout"}')).toBeCloseTo(0.01);
  });

  test('leaves out marks that were not reached, and clocks that went backwards', () => {
    expect(turnStretches({ lastVoicedAt: 10, endOfSpeechAt: 5, botRequestAt: 20, botReplyAt: 50 })).toEqual([
      { stretch: 'bot', ms: 30 },
    ]);
    expect(turnStretches({})).toEqual([]);
  });
});

test('process metrics belong to the same registry, and two registries do not meet', async () => {
  const [one, two] = [createMetrics(), createMetrics()];
  onTestFinished(() => {
    one.close();
    two.close();
  });
  one.refused('rule');
  expect(await one.text()).toContain('nodejs_eventloop_lag_seconds');
  expect(await two.text()).not.toContain('patchbay_calls_refused_total{');
});
