import { describe, expect, test } from 'vitest';
import { apiUrl, baseOf, configuredBase, foundUrl, regionalSettingsUrl } from './addresses.ts';
import { botFrameworkConfigSchema } from './config.ts';
import { message, Rig, rejection, until } from './test-support.ts';

const start = { ...message(''), type: 'event', name: 'start', text: '', parameters: { caller: '+15550123' } } as const;

test('an agent of Copilot Studio: its token, its Direct Line, its variables and its start', async () => {
  await using rig = await Rig.start(({ tokenEndpoint }) => ({ tokenEndpoint }));
  rig.server.bot = ({ type, name, text }, _conversation, say) => {
    if (name === 'startConversation') say({ type: 'message', text: 'Welcome.' });
    if (type === 'message') say({ type: 'message', text: `re ${text}` });
    return 200;
  };
  const [talk, other] = [await rig.open(), await rig.open()];
  await talk.session.send([start]);
  await talk.session.send([message('hello')]);
  await until(() => expect(talk.texts()).toEqual(['Welcome.', 're hello']));
  expect(talk.conversation.received).toMatchObject([
    { type: 'event', name: 'pvaSetContext', value: { caller: '+15550123' } },
    { type: 'event', name: 'startConversation', channelData: { caller: '+15550123', postBack: true } },
    { type: 'message', text: 'hello' },
  ]);
  expect(other.texts()).toEqual([]);
  // Where the agent is reached is looked up once; tokens are each conversation's own.
  expect([rig.server.count('region'), rig.server.count('token'), rig.server.count('generate')]).toEqual([1, 2, 0]);
  const asked = rig.server.requests.find(({ step }) => step === 'region');
  expect(asked?.url.searchParams.get('api-version')).toBe('2022-03-01-preview');
});

test('keys are sent as text unless hub.yaml says otherwise', async () => {
  await using agent = await Rig.start(({ tokenEndpoint }) => ({ tokenEndpoint }));
  await using bot = await Rig.start();
  expect(agent.connection.defaults).toEqual({ sendDTMFAsText: true });
  expect(bot.connection.defaults).toBeUndefined();
});

test('a Direct Line of a strange host is not followed: the token does not go there', async () => {
  await using rig = await Rig.start(({ tokenEndpoint }) => ({ tokenEndpoint }));
  const strange = JSON.stringify({
    channelUrlsById: { directline: 'https://directline.botframework.com.evil.example/' },
  });
  rig.server.fail('region', { raw: strange });
  expect(await rejection(rig.open())).toMatchObject({
    code: 'bot_failed',
    message: expect.stringContaining('evil.example'),
  });
  // The next call finds the right one.
  await rig.open();
});

test('a check asks for a token and begins no conversation', async () => {
  await using rig = await Rig.start(({ tokenEndpoint }) => ({ tokenEndpoint }));
  const { signal } = new AbortController();
  expect(await rig.connection.validate?.(signal)).toMatchObject({
    ok: true,
    steps: [{ step: 'region' }, { step: 'token' }],
  });
  rig.server.fail('token', { status: 401 });
  expect(await rig.connection.validate?.(signal)).toMatchObject({
    ok: false,
    steps: [{ ok: true }, { ok: false, message: expect.stringContaining('check tokenEndpoint') }],
  });
  expect(rig.server.count('start')).toBe(0);
});

test('a check of a secret', async () => {
  await using rig = await Rig.start({ secret: 'wrong' });
  const report = await rig.connection.validate?.(new AbortController().signal);
  expect(report).toMatchObject({
    ok: false,
    steps: [{ ok: true }, { message: expect.stringContaining('check secret') }],
  });
  expect(JSON.stringify(report)).not.toContain('wrong');
});

test('who the caller is to the bot, and how the conversation begins, can be chosen', async () => {
  await using rig = await Rig.start({ user: 'caller', start: { text: 'Hello' } });
  const talk = await rig.open();
  await talk.session.send([start]);
  await talk.session.end({ reasonCode: 'client-disconnected', reason: 'BYE' });
  expect(talk.conversation.received).toMatchObject([
    { type: 'message', text: 'Hello', from: { id: 'dl_+15550123' }, channelData: { caller: '+15550123' } },
    {
      type: 'endOfConversation',
      code: 'userCancelled',
      text: 'BYE',
      channelData: { reasonCode: 'client-disconnected' },
    },
  ]);
});

describe('addresses', () => {
  const config = (settings: object) => botFrameworkConfigSchema.parse({ secret: 's', ...settings });

  test('regions and other clouds', () => {
    expect(configuredBase(config({})).origin).toBe('https://directline.botframework.com');
    expect(configuredBase(config({ region: 'india' })).origin).toBe('https://india.directline.botframework.com');
    for (const path of ['', '/', '/v3/directline', '/v3/directline/']) {
      const base = baseOf(`https://directline.botframework.azure.us${path}`);
      expect(apiUrl(base, 'conversations', { watermark: 'a&b' }).href).toBe(
        'https://directline.botframework.azure.us/v3/directline/conversations?watermark=a%26b',
      );
    }
  });

  test('the regional settings are beside the token endpoint', () => {
    expect(
      regionalSettingsUrl('https://x.example/powervirtualagents/bots/a/directline/token?api-version=1')?.href,
    ).toBe('https://x.example/powervirtualagents/regionalchannelsettings?api-version=1');
    expect(regionalSettingsUrl('https://x.example/token')).toBeUndefined();
  });

  test.each([
    ['wss://europe.directline.botframework.com/v3/x', {}, true],
    ['https://directline.botframework.com/v3/x', {}, true],
    ['wss://directline.example/v3/x', { url: 'https://directline.example' }, true],
    ['wss://streams.example/x', { trustedHosts: ['streams.example'] }, true],
    ['wss://streams.example/x', {}, false],
    ['wss://notbotframework.com/x', {}, false],
    ['wss://169.254.169.254/x', {}, false],
    ['ws://directline.botframework.com/x', {}, false],
    ['file:///etc/passwd', {}, false],
    ['nonsense', {}, false],
  ])('a stream at %s with %o: %s', (url, settings, followed) => {
    const find = () => foundUrl(url, 'ws', config(settings)).protocol;
    if (followed) expect(find()).toBe('wss:');
    else expect(find).toThrow('not followed');
  });
});
