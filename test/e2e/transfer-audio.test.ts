import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { findTone } from '../../src/media/goertzel.ts';
import { readWav } from '../../src/media/wav.ts';
import { peerTest } from './support/peers.ts';
import type { RtpPeer } from './support/rtp-peer.ts';
import { calleeBye, got, gotInvite, reply } from './support/sipp-callee.ts';
import { hangUp, pause, untilReleased } from './support/sipp-scenario.ts';
import { tone, toneMs } from './support/tones.ts';
import { GREETING_HZ, TransferRig } from './support/transfer-rig.ts';
import { waitFor } from './support/wait-for.ts';
import { writePcmWav } from './support/wav.ts';

/** Who hears what during a transfer, and what the recording keeps of it; who waits hears music of 1300 Hz. */
const MUSIC_HZ = 1_300;
const CALLER_HZ = 800;
const AGENT_HZ = 500;

let folder: string;
let rig: TransferRig;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'patchbay-music-'));
  const musicFile = join(folder, 'music.wav');
  await writeFile(musicFile, writePcmWav(tone(MUSIC_HZ, 1_000)));
  rig = await TransferRig.start({
    transfers: { ringTimeoutMs: 15_000, waiting: 'music', musicFile },
    routingRules: [
      { id: 'to-agents', type: 'transfer', origin: { bot: 'demo' }, destination: { sipConnection: 'agents' } },
      { id: 'dial', origin: { bot: 'demo' }, destination: { sipConnection: 'agents' } },
      { id: 'to-demo', called: 'demo', destination: { bot: 'demo' } },
    ],
  });
}, 60_000);
afterAll(async () => {
  await rig?.stop();
  await rm(folder, { recursive: true, force: true });
});

const rings = [gotInvite(), reply(180, 'Ringing'), pause(700), reply(200, 'OK', { sdp: true }), got('ACK')];
const takesBye = [got('BYE', 30_000), reply(200, 'OK', { tag: false })];
const hears = (who: string, ear: RtpPeer, hz: number) =>
  waitFor(`${who} to hear ${hz} Hz`, 15_000, () => toneMs(ear.audio(), hz) >= 240 || undefined);

async function talk(caller: RtpPeer, agent: RtpPeer): Promise<void> {
  await Promise.all([caller.startWhenHeard(), agent.startWhenHeard()]);
  const heard = (ear: RtpPeer, hz: number) => () => toneMs(ear.audio(), hz) >= 400;
  await Promise.all([
    agent.sayUntil('the agent to be heard', tone(AGENT_HZ, 600), heard(caller, AGENT_HZ)),
    caller.sayUntil('the caller to be heard', tone(CALLER_HZ, 600), heard(agent, CALLER_HZ)),
  ]);
}

describe.concurrent('sound during a transfer', () => {
  peerTest(
    'sipp',
    'a recording goes on: bot, music and agent to the right, in this order, the caller to the left',
    async () => {
      const call = await rig.call({
        ...{ method: 'invite', transfer: {}, recorded: true, agent: [...rings, ...takesBye] },
        caller: [untilReleased(), ...hangUp()],
      });
      await talk(call.callerEar, call.agentEar);
      await call.sipp.release();
      const { id, recordings: [recording] = [] } = await call.record();
      expect([id, recording]).toEqual([id, expect.any(String)]);
      const bytes = await waitFor('the recording', 5_000, async () => {
        const answer = await rig.hub.fetch(`/api/v1/recordings/${recording}/audio`);
        return answer.ok ? new Uint8Array(await answer.arrayBuffer()) : undefined;
      });
      const [left = new Int16Array(), right = new Int16Array()] = readWav(bytes).channels;
      const beginsAt = (hz: number) =>
        findTone(right, hz, 8000).find(({ fromMs, toMs }) => toMs - fromMs >= 80)?.fromMs;
      const order = [GREETING_HZ, MUSIC_HZ, AGENT_HZ].map(beginsAt);
      expect(order).toEqual([...order].sort((a = Number.NaN, b = Number.NaN) => a - b));
      expect(order).not.toContain(undefined);
      expect(findTone(left, CALLER_HZ, 8000)).not.toEqual([]);
      for (const hz of [GREETING_HZ, MUSIC_HZ, AGENT_HZ]) expect([hz, findTone(left, hz, 8000)]).toEqual([hz, []]);
      expect(findTone(right, CALLER_HZ, 8000)).toEqual([]);
      await Promise.all([call.caller, call.agent]);
      await call.close();
    },
  );

  peerTest('sipp', 'early media of the agent takes the place of the music, before the answer', async () => {
    const call = await rig.call({
      ...{ method: 'invite', transfer: { transferNotifications: true } },
      agent: [
        ...[gotInvite(), reply(183, 'Session Progress', { sdp: true }), pause(3_000)],
        ...[reply(200, 'OK', { sdp: true }), got('ACK'), ...takesBye],
      ],
      caller: [untilReleased(), ...hangUp()],
    });
    await call.callerEar.startWhenHeard();
    await hears('the caller', call.callerEar, MUSIC_HZ);
    await call.agentEar.startWhenHeard();
    const early = () => toneMs(call.callerEar.audio(), 600) >= 240;
    await call.agentEar.sayUntil('the caller to hear early media', tone(600, 400), early);
    expect(call.conversation()?.activities.some(({ name }) => name === 'transferStatus')).toBe(false);
    expect(await call.told('transferStatus')).toMatchObject({ value: { status: 'answered' } });
    await talk(call.callerEar, call.agentEar);
    await call.sipp.release();
    for (const phone of [await call.caller, await call.agent]) expect(phone?.exitCode, phone?.errors).toBe(0);
    await call.close();
  });

  peerTest('sipp', 'the callee of a dialout is handed over, and talks with the agent', async () => {
    const call = await rig.dial({
      transfer: {},
      agent: [...rings, ...takesBye],
      callee: [...rings, pause(5_000), calleeBye()],
    });
    await talk(call.calleeEar, call.agentEar);
    expect(toneMs(call.calleeEar.audio(), GREETING_HZ)).toBeGreaterThanOrEqual(240);
    for (const phone of [await call.callee, await call.agent]) expect(phone.exitCode, phone.errors).toBe(0);
    expect(await call.record()).toMatchObject({
      ...{ direction: 'outbound', end: { category: 'callee-hangup' } },
      transfers: [{ method: 'invite', outcome: 'answered', sipStatus: 200 }],
    });
    await call.close();
  });
});
