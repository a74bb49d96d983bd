import { pino } from 'pino';
import { beforeEach, expect, it } from 'vitest';
import { VirtualClock } from '../media/virtual-clock.ts';
import { GatewayMonitor, type GatewayMonitorOptions } from './gateway-monitor.ts';

const A = 'sip:a.example';
const B = 'sip:b.example;transport=tcp';

let clock: VirtualClock;
let asked: string[];
let observed: string[];
let lines: { level: number; gateway: string; msg: string }[];
let answer: (gateway: string) => Promise<number>;

function monitor(options: Partial<GatewayMonitorOptions> = {}): GatewayMonitor {
  return new GatewayMonitor({
    connections: [
      { id: 'carrier', gateways: [A, B], keepAlive: { intervalMs: 30_000, timeoutMs: 4_000 } },
      { id: 'quiet', gateways: [A] },
    ],
    ask: (gateway) => {
      asked.push(`${clock.now()} ${gateway}`);
      return answer(gateway);
    },
    observed: (connection, gateway, { state }) => observed.push(`${connection} ${gateway} ${state}`),
    clock,
    log: pino({}, { write: (line) => void lines.push(JSON.parse(line)) }),
    random: () => 0.5,
    ...options,
  });
}

beforeEach(() => {
  clock = new VirtualClock();
  asked = [];
  observed = [];
  lines = [];
  answer = async () => 200;
});

it('asks each gateway of a connection that wants it, again and again', async () => {
  const watch = monitor();
  await clock.run(10_000);
  expect(asked).toEqual([]);
  watch.start();
  await clock.run(61_000);
  expect(asked).toEqual([500, 30_500, 60_500].flatMap((ms) => [`${10_000 + ms} ${A}`, `${10_000 + ms} ${B}`]));
  expect(watch.healthOf('carrier', A)).toMatchObject({ state: 'up', lastStatus: 200 });
  expect(watch.healthOf('quiet', A)).toMatchObject({ state: 'unknown', askedAt: undefined });
  expect(lines.map(({ level, gateway }) => [level, gateway])).toEqual([
    [30, A],
    [30, B],
  ]);
  watch.close();
});

it('a gateway that says nothing is asked once more soon, is down then, and comes back by itself', async () => {
  const watch = monitor();
  answer = (gateway) => (gateway === A ? new Promise(() => {}) : Promise.resolve(200));
  watch.start();
  await clock.run(500 + 4_000);
  expect(watch.isDown('carrier', A)).toBe(false);
  await clock.run(2_000 + 4_000);
  expect(watch.isDown('carrier', A)).toBe(true);
  expect(watch.isDown('carrier', B)).toBe(false);
  expect(lines.filter(({ level }) => level === 40)).toMatchObject([{ gateway: A, msg: expect.stringMatching(/down/) }]);
  answer = async () => 404;
  await clock.run(30_000);
  expect(watch.isDown('carrier', A)).toBe(false);
  expect(lines.at(-1)).toMatchObject({ level: 30, gateway: A, msg: 'gateway is up' });
  watch.close();
});

it('a request that cannot be sent has failed', async () => {
  const watch = monitor();
  answer = () => Promise.reject(new Error('no route'));
  watch.start();
  await clock.run(3_000);
  expect(watch.isDown('carrier', A)).toBe(true);
  watch.close();
});

it('after its end it does and says nothing more', async () => {
  const watch = monitor();
  let late: (status: number) => void = () => {};
  answer = () =>
    new Promise((resolve) => {
      late = resolve;
    });
  watch.start();
  await clock.run(600);
  watch.close();
  watch.close();
  late(200);
  const before = asked.length;
  await clock.run(100_000);
  expect([asked.length, observed, lines]).toEqual([before, [], []]);
});
