import { describe, expect, test } from 'vitest';
import { acBotApiConfigSchema } from './config.ts';

function problems(input: unknown): string[] {
  const parsed = acBotApiConfigSchema.safeParse(input);
  return parsed.success ? [] : parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
}

const TIMEOUTS = {
  ...{ connectMs: 3_000, responseMs: 30_000, disconnectMs: 3_000, checkMs: 10_000 },
  ...{ handshakeMs: 5_000, acceptMs: 10_000, resumeMs: 5_000, pingMs: 20_000 },
};

describe('configuration', () => {
  test('a URL is enough', () => {
    expect(acBotApiConfigSchema.parse({ url: 'http://127.0.0.1:8090/bot' })).toEqual({
      url: 'http://127.0.0.1:8090/bot',
      auth: {},
      directSTT: false,
      directTTS: false,
      mediaFormats: [
        ...['raw/lpcm16', 'raw/lpcm16_8', 'raw/lpcm16_24', 'raw/mulaw'],
        ...['wav/lpcm16', 'wav/lpcm16_8', 'wav/lpcm16_24', 'wav/mulaw'],
      ],
      audioChunkMs: 20,
      timeouts: TIMEOUTS,
      allowSelfSignedCert: false,
      trustedOrigins: [],
      maxConnections: 256,
      maxReplyBytes: 1024 * 1024,
      maxMessageBytes: 8 * 1024 * 1024,
    });
  });

  test('one timeout leaves the others as they are', () => {
    const config = acBotApiConfigSchema.parse({ url: 'https://b.example', timeouts: { responseMs: 5_000 } });
    expect(config.timeouts).toEqual({ ...TIMEOUTS, responseMs: 5_000 });
  });

  test.each(['ws://b.example/bot', 'wss://b.example/bot', 'WSS://b.example/bot'])('%s may carry audio', (url) => {
    expect(problems({ url })).toEqual([]);
    expect(problems({ url, directSTT: true, directTTS: true, mediaFormats: ['raw/mulaw'], audioChunkMs: 60 })).toEqual(
      [],
    );
  });

  test.each([
    ['ws://b.example/bot', 'streaming', []],
    ['https://b.example/bot', 'http', []],
    ['https://b.example/bot', undefined, []],
    ['wss://b.example/bot', undefined, []],
    ['https://b.example/bot', 'streaming', [/^acBotApiType: acBotApiType 'streaming' needs the bot's ws:\/\//]],
    ['wss://b.example/bot', 'http', [/^acBotApiType: acBotApiType 'http' needs an http:\/\//]],
    ['wss://b.example/bot', 'voice', [/^acBotApiType: /]],
  ])('%s with acBotApiType %s: %j', (url, acBotApiType, expected) => {
    expect(problems({ url, acBotApiType })).toEqual(expected.map((problem) => expect.stringMatching(problem)));
  });

  test('token and OAuth are both known', () => {
    const oauth = { tokenUrl: 'https://id.example/token', clientId: 'hub', clientSecret: 's', scope: 'bot' };
    expect(problems({ url: 'https://b.example', auth: { token: 'abc' } })).toEqual([]);
    expect(problems({ url: 'https://b.example', auth: { oauth } })).toEqual([]);
    expect(problems({ url: 'https://b.example', auth: { token: 'abc', oauth } })).toEqual([
      'auth: either token or oauth, not both',
    ]);
    expect(problems({ url: 'https://b.example', auth: { oauth: { tokenUrl: 'https://id.example' } } })).toHaveLength(2);
  });

  test.each([
    [{}, 'url:'],
    [{ url: 'bot' }, 'a URL such as'],
    [{ url: 'ftp://b.example/' }, 'a URL such as'],
    [{ url: 'wss://user:pw@b.example/' }, 'credentials belong into auth'],
    [{ url: 'https://b.example', directSTT: true }, 'directSTT needs a bot over WebSocket'],
    [{ url: 'https://b.example', directTTS: true }, 'directTTS needs a bot over WebSocket'],
    [{ url: 'wss://b.example', mediaFormats: ['raw/opus'] }, 'mediaFormats.0'],
    [{ url: 'wss://b.example', mediaFormats: [] }, 'mediaFormats'],
    [{ url: 'wss://b.example', audioChunkMs: 200 }, 'audioChunkMs'],
    [{ url: 'https://b.example', trustedOrigins: ['wss://other.example'] }, 'trustedOrigins'],
    [{ url: 'https://user:pw@b.example/' }, 'credentials belong into auth'],
    [{ url: 'https://b.example', auth: { token: 'two words' } }, 'auth.token: a token of visible ASCII'],
    [{ url: 'https://b.example', auth: { token: 'a\r\nX: y' } }, 'auth.token'],
    [{ url: 'https://b.example', timeouts: { responseMs: 0 } }, 'timeouts.responseMs'],
    [{ url: 'https://b.example', timeouts: { respondMs: 1 } }, 'respondMs'],
    [{ url: 'https://b.example', trustedOrigins: ['https://other.example/path'] }, 'an origin'],
    [{ url: 'https://b.example', colour: 'red' }, 'colour'],
  ])('%j is refused', (input, expected) => {
    expect(problems(input).join('\n')).toContain(expected);
  });
});
