import { afterEach, describe, expect, test } from 'vitest';
import { sine } from '../../../src/media/tone.ts';
import { VirtualClock } from '../../../src/media/virtual-clock.ts';
import { eventually } from '../../../test/contract/bots/eventually.ts';
import { message } from './test-support.ts';
import { END_GRACE_MS } from './ws-session.ts';
import { framesOf, makeWsRig, VOICE, type WsRig, wsContext } from './ws-test-support.ts';

const rigs: WsRig[] = [];
async function rigOf(...args: Parameters<typeof makeWsRig>): Promise<WsRig> {
  const rig = await makeWsRig(...args);
  rigs.push(rig);
  return rig;
}
afterEach(async () => {
  await Promise.all(rigs.splice(0).map((rig) => rig.close()));
});

const END = { reasonCode: 'client-disconnected', reason: 'BYE' } as const;
const handlers = { onActivities: () => {}, onLost: () => {} };

describe('a bot that hangs', () => {
  test('is noticed by the missing pong', async () => {
    const { open, bot: server } = await rigOf({
      config: { timeouts: { pingMs: 100, handshakeMs: 100, resumeMs: 100 } },
    });
    const { lost } = await open();
    await new Promise((resolve) => setTimeout(resolve, 350));
    expect(lost).toEqual([]);
    server.freeze();
    server.script.push({ kind: 'hang' });
    await eventually(() => lost.length === 1, 'the loss');
    expect(lost[0]?.message).toContain('no sign of life 50 ms after a ping');
    server.cut();
  });

  test('is pinged every 20 s', async () => {
    const clock = new VirtualClock();
    const { open } = await rigOf({ clock });
    const { bot } = await open();
    let pings = 0;
    bot.socket.on('ping', () => pings++);
    for (let n = 1; n <= 3; n++) {
      clock.advance(20_000);
      await eventually(() => pings === n, 'a ping');
      await new Promise((resolve) => setTimeout(resolve, 20));
      clock.advance(10_000);
    }
  });

  test('does not hold up the end of a call', async () => {
    const { open, bot: server } = await rigOf({ config: { timeouts: { disconnectMs: 50 } } });
    const { session } = await open();
    server.freeze();
    await session.end(END);
    server.cut();
  });
});

describe('nothing is left behind', () => {
  test('by a call that nobody ends', async () => {
    const clock = new VirtualClock();
    const { open, bot: server } = await rigOf({ clock });
    const { abort, bot } = await open();
    abort();
    clock.advance(END_GRACE_MS);
    await eventually(() => bot.ends.length === 1, 'session.end');
    await eventually(() => server.openConnections === 0, 'the connection closed');
    expect(clock.pending).toBe(0);
  });

  test('by many voice calls with random ends', async () => {
    const clock = new VirtualClock();
    const { bot: server, connection } = await rigOf({ clock, bot: { resume: 'accept' }, config: VOICE });
    server.answer = () => [{ type: 'message', text: 'hi' }];
    const frames = framesOf(sine(440, 60, 8000), 8000);
    await Promise.all(
      Array.from({ length: 60 }, async (_, n) => {
        const controller = new AbortController();
        if (n % 5 === 0) setTimeout(() => controller.abort(), n % 7);
        const session = await connection.open(wsContext(controller.signal), handlers).catch(() => undefined);
        if (session === undefined) return;
        session.userAudio?.start();
        const sent = session.send([message('hello')]).catch(() => {});
        if (n % 3 === 0) await sent;
        for (const frame of frames) session.userAudio?.write(frame);
        if (n % 4 === 0) [...server.conversations.values()][n % server.conversations.size]?.socket.terminate();
        if (n % 2 === 0) await new Promise((resolve) => setTimeout(resolve, n % 11));
        await session.end(END);
        await sent;
      }),
    );
    await connection.close();
    await eventually(() => server.openConnections === 0, 'all connections closed');
    expect(clock.pending).toBe(0);
  });
});
