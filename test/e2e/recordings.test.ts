import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished } from 'vitest';
import { findTone } from '../../src/media/goertzel.ts';
import { readWav } from '../../src/media/wav.ts';
import { FakeBot, type SeenActivity, say } from './support/fake-bot.ts';
import { HubProcess, TEST_LAUNCHER } from './support/hub-process.ts';
import { peerTest } from './support/peers.ts';
import { type HeardPacket, RtpPeer } from './support/rtp-peer.ts';
import { startSipp } from './support/sipp.ts';
import { establish, hangUp, scenario, untilReleased } from './support/sipp-scenario.ts';
import { tone, toneMs } from './support/tones.ts';
import { sleep, waitFor } from './support/wait-for.ts';

interface Recording {
  id: string;
  callId: string;
  callRecordingId: string;
  state: string;
  durationMs: number;
  pauses: { fromMs: number; toMs: number }[];
  note?: string;
}

const GREETING_HZ = 700;
const ANSWER_HZ = 900;
const CALLER_HZ = 500;

const event = (name: string, callRecordingId: string) => ({ type: 'event', name, activityParams: { callRecordingId } });

/** Records under the name `talk`, greets, and answers a tone. */
function script(activity: SeenActivity): readonly object[] {
  if (activity.name === 'start') return [event('startCallRecording', 'talk'), say(`${GREETING_HZ} Hz 400 ms`)];
  return activity.type === 'message' ? [say(`${ANSWER_HZ} Hz 400 ms`)] : [];
}

let bot: FakeBot;
let hub: HubProcess;
let dataDir: string;

const start = () => HubProcess.start({ program: TEST_LAUNCHER, botUrl: bot.url, dataDir });

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'patchbay-recorded-'));
  bot = await FakeBot.start({ onActivity: script });
  hub = await start();
});
afterAll(async () => {
  await hub?.stop();
  await bot?.close();
  await rm(dataDir, { recursive: true, force: true });
});

async function recordings(): Promise<Recording[]> {
  return (await hub.get<{ recordings: Recording[] }>('/api/v1/recordings')).recordings;
}

async function audioOf(id: string) {
  const answer = await hub.fetch(`/api/v1/recordings/${id}/audio`);
  expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'audio/wav']);
  const { channels } = readWav(new Uint8Array(await answer.arrayBuffer()));
  const [left = new Int16Array(), right = new Int16Array()] = channels;
  return { left, right };
}

/** A call that has heard the greeting. */
async function call() {
  const rtp = await RtpPeer.open();
  onTestFinished(() => rtp.close());
  const steps = [...establish(), untilReleased(), ...hangUp()];
  const phone = startSipp({ scenario: scenario('recorded', steps), hubPort: hub.ports.sip, mediaPort: rtp.port });
  await rtp.startWhenHeard();
  await waitFor('the greeting', 8_000, () => toneMs(rtp.audio(), GREETING_HZ) >= 320 || undefined);
  const live = (await hub.calls()).find(({ state }) => state === 'answered');
  if (live === undefined) throw new Error('no call is under way');
  return { rtp, phone, id: live.id };
}

const control = (id: string, action: string) =>
  hub.fetch(`/api/v1/calls/${id}/recording`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ action, callRecordingId: 'talk' }),
  });

/** Where a tone that follows silence begins: to the sample, which blocks of 20 ms cannot tell. */
function beginsAt(samples: Int16Array, hz: number): number {
  const block = findTone(samples, hz, 8000)[0]?.fromMs ?? Number.NaN;
  const from = Math.max(0, (block - 20) * 8);
  const first = samples.subarray(from).findIndex((sample) => Math.abs(sample) > 2000);
  return first < 0 ? Number.NaN : (from + first) / 8;
}

/** When a tone was due to arrive: by the timestamps of the packets, and the one that was least late. */
function arrivedAt(rtp: RtpPeer, hz: number): number {
  const packets = rtp.heard.filter(({ payloadType }) => payloadType === 0);
  const [start] = packets;
  if (start === undefined) return Number.NaN;
  const mediaMs = ({ timestamp }: HeardPacket) => ((timestamp - start.timestamp) | 0) / 8;
  return Math.min(...packets.map((packet) => packet.atMs - mediaMs(packet))) + beginsAt(rtp.audio(), hz);
}

peerTest(
  'sipp',
  'both sides stand where they were on the wire, pauses are silent, and the file is nobody else’s',
  async () => {
    const folder = join(dataDir, 'recordings');
    const before = await readdir(folder).catch((): string[] => []);
    const { rtp, phone, id } = await call();
    await sleep(200);
    await rtp.say(tone(CALLER_HZ, 500));
    await waitFor('the answer', 8_000, () => toneMs(rtp.audio(), ANSWER_HZ) >= 320 || undefined);
    expect((await control(id, 'pause')).status).toBe(200);
    await rtp.say(tone(1_300, 600));
    await sleep(200); // what has left is on its way for a while
    expect((await control(id, 'resume')).status).toBe(200);
    await rtp.say(tone(1_700, 400));
    await sleep(200);
    await phone.release();
    await phone.done;
    const record = await hub.endedCall(({ id: each }) => each === id);
    const [entry] = await waitFor('the recording to be complete', 5_000, async () => {
      const found = (await recordings()).filter(({ callId }) => callId === id);
      return found[0]?.state === 'completed' ? found : undefined;
    });
    expect(entry).toMatchObject({ callRecordingId: 'talk', state: 'completed' });
    expect(record).toMatchObject({ recorded: true, recordings: [entry?.id] });

    const { left, right } = await audioOf(entry?.id ?? '');
    expect(Math.abs(left.length / 8 - (entry?.durationMs ?? 0))).toBeLessThan(1);
    const wire = arrivedAt(rtp, ANSWER_HZ) - (rtp.spokeAtMs[0] ?? Number.NaN);
    const recorded = beginsAt(right, ANSWER_HZ) - beginsAt(left, CALLER_HZ);
    expect(Math.abs(recorded - wire)).toBeLessThanOrEqual(20);
    for (const [samples, foreign] of [
      [left, [GREETING_HZ, ANSWER_HZ]],
      [right, [CALLER_HZ, 1_700]],
    ] as const) {
      for (const hz of foreign) expect([hz, findTone(samples, hz, 8000)]).toEqual([hz, []]);
    }
    expect(findTone(left, 1_300, 8000)).toEqual([]);
    expect(findTone(left, 1_700, 8000)).not.toEqual([]);
    const [pause] = entry?.pauses ?? [];
    expect((pause?.toMs ?? 0) - (pause?.fromMs ?? 0)).toBeGreaterThanOrEqual(560);

    const files = (await readdir(folder)).filter((file) => !before.includes(file));
    expect(files).toHaveLength(1);
    expect((await stat(join(folder, files[0] ?? ''))).mode & 0o777).toBe(0o600);
    const deleted = await hub.fetch(`/api/v1/recordings/${entry?.id}`, { method: 'DELETE' });
    expect([deleted.status, await readdir(folder)]).toEqual([204, before]);
    expect((await hub.fetch(`/api/v1/recordings/${entry?.id}/audio`)).status).toBe(404);
    expect(hub.output).toMatch(/Recording of call .* heard/);
  },
);

peerTest(
  'sipp',
  'a hub that is killed leaves a recording that plays, and puts it in order when it is back',
  async () => {
    const { rtp, id } = await call();
    await rtp.say(tone(CALLER_HZ, 400));
    await sleep(1_500);
    hub.kill('SIGKILL');
    await hub.exited;
    await hub.stop();
    hub = await start();
    const entry = await waitFor('the recording to be in order', 10_000, async () =>
      (await recordings()).find(({ callId, state }) => callId === id && state === 'completed'),
    );
    expect(entry.note).toMatch(/stopped/);
    expect(entry.durationMs).toBeGreaterThan(1_000);
    const { left, right } = await audioOf(entry.id);
    expect(Math.abs(left.length / 8 - entry.durationMs)).toBeLessThan(1);
    expect(findTone(right, GREETING_HZ, 8000)).not.toEqual([]);
    expect(findTone(left, CALLER_HZ, 8000)).not.toEqual([]);
  },
);
