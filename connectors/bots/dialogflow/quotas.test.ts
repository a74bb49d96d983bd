import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { type BotConnection, BotError } from '../../../src/bots/port.ts';
import { systemClock } from '../../../src/clock.ts';
import { VirtualClock } from '../../../src/media/virtual-clock.ts';
import { dialogflowCxConfigSchema } from './cx/config.ts';
import { createDialogflowCx } from './cx/connector.ts';
import { FAKE_CX_AGENT, FakeCxAgent } from './cx/fake-agent.ts';
import { dialogflowEsConfigSchema } from './es/config.ts';
import { createDialogflowEs } from './es/connector.ts';
import { FAKE_ES_PROJECT, FakeEsAgent } from './es/fake-agent.ts';
import type { FakeApi } from './fake-api.ts';
import { fakeAccount } from './test-support.ts';

const account = fakeAccount();
const deps = { log: pino({ level: 'silent' }), clock: systemClock };

interface Rig {
  api: FakeApi;
  bot: BotConnection;
}

const es =
  (edition: 'ES Essentials' | 'ES Trial') =>
  async (clock: VirtualClock): Promise<Rig> => {
    const { api } = await FakeEsAgent.start(account, { edition, clock });
    const config = dialogflowEsConfigSchema.parse({ ...api.access, project: FAKE_ES_PROJECT });
    return { api, bot: createDialogflowEs({ id: 'es', name: 'ES', config }, deps) };
  };

const editions: readonly [string, number, number, (clock: VirtualClock) => Promise<Rig>][] = [
  [
    'CX',
    1_200,
    600,
    async (clock) => {
      const { api } = await FakeCxAgent.start(account, { clock });
      const config = dialogflowCxConfigSchema.parse({ ...api.access, agent: FAKE_CX_AGENT });
      return { api, bot: createDialogflowCx({ id: 'cx', name: 'CX', config }, deps) };
    },
  ],
  ['ES Essentials', 600, 300, es('ES Essentials')],
  ['ES Trial', 180, 100, es('ES Trial')],
];

describe.each(editions)('the quota of a project, %s', (_, text, audio, start) => {
  test('requests of a minute: more are refused until the next one', async () => {
    const clock = new VirtualClock();
    const { api, bot } = await start(clock);
    expect([api.quotas.text.limit, api.quotas.audio.limit]).toEqual([text, audio]);
    const session = await bot.open(
      {
        ...{ callId: 'c', conversationId: randomUUID(), botName: 'B', caller: '+15551230001' },
        signal: new AbortController().signal,
      },
      { onActivities: () => {}, onLost: () => {} },
    );
    const say = () =>
      session.send([{ id: '1', timestamp: '', language: 'en', type: 'message', text: 'hello' }]).then(
        () => 'answered',
        (error: unknown) => (error instanceof BotError ? error.publicMessage : error),
      );
    while (api.quotas.text.remaining > 1) api.quotas.text.take();
    expect(await say()).toBe('answered');
    expect(await say()).toBe("the agent's quota is used up");
    clock.advance(60_000);
    expect(await say()).toBe('answered');
    await bot.close();
    await api.close();
  });
});
