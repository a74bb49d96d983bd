import { describe, expect, test } from 'vitest';
import { displayUrl, resolveBotUrl } from './urls.ts';

describe('addresses that a bot names', () => {
  test.each([
    ['http://h:1/bot', 'conversation/x/activities', 'http://h:1/conversation/x/activities'],
    ['http://h:1/bot/', 'conversation/x/activities', 'http://h:1/bot/conversation/x/activities'],
    [
      'http://h/webhooks/audiocodes/webhook',
      'conversation/x/keepalive',
      'http://h/webhooks/audiocodes/conversation/x/keepalive',
    ],
    ['http://h/a/b', '/conversation/x', 'http://h/conversation/x'],
    ['http://h/a/b?code=k', 'c/x', 'http://h/a/c/x'],
    ['http://h/a/b?code=k', '?step=activities', 'http://h/a/b?step=activities'],
    ['http://h/a/b', 'c/x?token=1', 'http://h/a/c/x?token=1'],
    ['http://h/a/b', './x', 'http://h/a/x'],
    ['http://h/a/b', '../x', 'http://h/x'],
    ['http://h', 'x', 'http://h/x'],
    ['https://h/a', '//other.example/x', 'https://other.example/x'],
    ['https://h/a', 'https://other.example:8443/x', 'https://other.example:8443/x'],
    ['http://h/a', 'x#fragment', 'http://h/x'],
  ])('%s + %s', (base, reference, expected) => {
    const resolved = resolveBotUrl(reference, new URL(base));
    expect(resolved.ok ? resolved.url.href : resolved.problem).toBe(expected);
  });

  test.each([
    ['ftp://h/x', 'is neither http nor https'],
    ['javascript:alert(1)', 'is neither http nor https'],
    ['wss://h/x', 'is neither http nor https'],
    ['http://user:pw@h/x', 'carries a user name'],
    ['http://[', 'is not a URL'],
    ['x'.repeat(5000), 'is longer than 4096 characters'],
  ])('%s is refused', (reference, problem) => {
    expect(resolveBotUrl(reference, new URL('http://h/bot'))).toEqual({ ok: false, problem });
  });

  test('are shown without their query', () => {
    expect(displayUrl(new URL('https://h/a?code=secret#x'))).toBe('https://h/a');
  });
});
