import { describe, expect, test } from 'vitest';
import { acBotApiConfigSchema } from './config.ts';

function problems(input: unknown): string[] {
  const parsed = acBotApiConfigSchema.safeParse(input);
  return parsed.success ? [] : parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
}

describe('configuration', () => {
  test('a URL is enough', () => {
    expect(acBotApiConfigSchema.parse({ url: 'http://127.0.0.1:8090/bot' })).toEqual({
      url: 'http://127.0.0.1:8090/bot',
      auth: {},
      timeouts: { connectMs: 3_000, responseMs: 30_000, disconnectMs: 3_000, checkMs: 10_000 },
      allowSelfSignedCert: false,
      trustedOrigins: [],
      maxConnections: 256,
      maxReplyBytes: 1024 * 1024,
    });
  });

  test('one timeout leaves the others as they are', () => {
    const config = acBotApiConfigSchema.parse({ url: 'https://b.example', timeouts: { responseMs: 5_000 } });
    expect(config.timeouts).toEqual({ connectMs: 3_000, responseMs: 5_000, disconnectMs: 3_000, checkMs: 10_000 });
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
    [{ url: 'wss://b.example/' }, 'bots over WebSocket are not available yet'],
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
