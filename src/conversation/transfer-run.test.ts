import { expect, test } from 'vitest';
import type { TransferProgress, TransferRequest } from './ports.ts';
import { botEvent, botMessage, Rig } from './testing.ts';

/** A call whose transfers a test answers. */
class Desk {
  readonly asked: { request: TransferRequest; progress: TransferProgress; at: number }[] = [];
  cancelled = 0;
  readonly rig: Rig;

  constructor(notifications: boolean) {
    this.rig = new Rig({
      bot: ([activity]) => {
        if (activity?.name === 'transferStatus') return [botMessage('They are busy.')];
        if (activity?.name !== 'start') return [];
        const params = { transferTarget: 'tel:+4930123456', transferNotifications: notifications };
        return [botMessage('Please hold the line.'), botEvent('transfer', params)];
      },
      transfer: (request, progress) => {
        this.asked.push({ request, progress, at: this.rig.clock.now() });
        return { begun: true, cancel: () => (this.cancelled += 1) };
      },
    });
  }
}

test('the words before it are heard whole; after a failure the bot speaks at once', async () => {
  const desk = new Desk(true);
  await desk.rig.start();
  await desk.rig.run(10_000);
  const [prompt] = desk.rig.heard();
  const end = (prompt?.from ?? 0) + (prompt?.ms ?? 0);
  // To the packet that carries the last of it.
  expect(Math.abs((desk.asked[0]?.at ?? 0) - end)).toBeLessThanOrEqual(20);
  const failedAt = desk.rig.clock.now();
  desk.asked[0]?.progress.ended({ status: 'failed', reasonCode: 'busy', reason: 'busy', sipStatus: 486 });
  await desk.rig.run(5000);
  expect((desk.rig.heard().at(-1)?.from ?? 0) - failedAt).toBeLessThanOrEqual(100);
  expect(desk.rig.said()).toEqual([
    'bot: Please hold the line.',
    'hub: Transfer to tel:+4930123456',
    'hub: Transfer failed: busy',
    'bot: They are busy.',
  ]);
  desk.rig.handle.callerHungUp({ category: 'caller-hangup', by: 'caller', text: 'BYE' });
  await desk.rig.run(100);
  expect(desk.cancelled).toBe(0);
});

test('a bot that is not told lets go of the call, which is not hung up', async () => {
  const desk = new Desk(false);
  await desk.rig.start();
  await desk.rig.run(10_000);
  expect(desk.rig.endedWith).toMatchObject({ category: 'transferred' });
  expect(desk.rig.bot.ends).toEqual([{ reasonCode: 'transferred', reason: 'The bot has transferred the call' }]);
  expect([desk.rig.hangups, desk.cancelled]).toEqual([[], 0]);
});

test('a caller who hangs up meanwhile cancels it', async () => {
  const desk = new Desk(true);
  await desk.rig.start();
  await desk.rig.run(10_000);
  desk.rig.handle.callerHungUp({ category: 'caller-hangup', by: 'caller', text: 'BYE' });
  await desk.rig.run(100);
  expect(desk.cancelled).toBe(1);
  desk.asked[0]?.progress.ended({ status: 'answered', reason: 'too late', sipStatus: 200 });
  expect(desk.rig.endedWith).toMatchObject({ category: 'caller-hangup' });
});

test('a call that cannot be transferred: the bot is told, and keeps the caller', async () => {
  const rig = new Rig({
    bot: ([activity]) => (activity?.name === 'start' ? [botEvent('transfer', { transferTarget: 'tel:+493012' })] : []),
  });
  await rig.start();
  await rig.run(1000);
  expect(rig.bot.heard()).toEqual([
    'start',
    'transferStatus:{"status":"failed","reasonCode":"error","reason":"not configured","sipStatus":501}',
  ]);
  expect(rig.endedWith).toBeUndefined();
});
