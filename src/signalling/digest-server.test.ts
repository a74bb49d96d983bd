import { describe, expect, it } from 'vitest';
import { authorization, parseChallenge } from './digest.ts';
import { DigestServer } from './digest-server.ts';

function challenge(value: string) {
  const parsed = parseChallenge(value);
  if (parsed === undefined) throw new Error(`not read: ${value}`);
  return parsed;
}

describe('the server', () => {
  const credentials = { username: 'pbx "1"', password: 'hush' };
  let now = 1_000_000;
  const server = new DigestServer({
    realm: 'hub',
    algorithms: ['SHA-256', 'MD5'],
    credentials,
    nonceLifetimeMs: 60_000,
    key: Buffer.from('k'.repeat(32)),
    now: () => now,
  });
  const invite = { method: 'INVITE', body: '' };
  const answer = (value: string, as = credentials, nonceCount = 1) =>
    authorization(challenge(value), as, { method: 'INVITE', uri: 'sip:demo@hub', body: '', cnonce: 'c', nonceCount });

  it('takes its own challenges answered with the right password, by either algorithm', () => {
    const [sha, md5] = server.challenges('call-1');
    expect(sha).toContain('algorithm=SHA-256');
    expect(md5).toContain('algorithm=MD5');
    expect(server.check([answer(sha ?? '')], 'call-1', invite)).toBe('good');
    expect(server.check([answer(md5 ?? '', credentials, 2)], 'call-1', invite)).toBe('good');
  });

  it.each([
    [
      'a wrong password',
      () => server.check([answer(server.challenges('x')[0] ?? '', { ...credentials, password: 'no' })], 'x', invite),
      'wrong',
    ],
    [
      'a wrong name',
      () => server.check([answer(server.challenges('x')[0] ?? '', { ...credentials, username: 'no' })], 'x', invite),
      'wrong',
    ],
    [
      'another method',
      () => server.check([answer(server.challenges('x')[0] ?? '')], 'x', { ...invite, method: 'BYE' }),
      'wrong',
    ],
    ["another call's nonce", () => server.check([answer(server.challenges('y')[0] ?? '')], 'x', invite), 'absent'],
    [
      'a nonce of nobody',
      () => server.check([answer('Digest realm="hub", nonce="a.b", qop="auth"')], 'x', invite),
      'absent',
    ],
    ['no credentials', () => server.check([], 'x', invite), 'absent'],
    [
      'no protection',
      () => server.check([answer((server.challenges('x')[1] ?? '').replace(', qop="auth"', ''))], 'x', invite),
      'wrong',
    ],
  ])('%s', (_, check, verdict) => {
    expect(check()).toBe(verdict);
  });

  it('takes each count of a nonce once, and only growing ones', () => {
    const [value = ''] = server.challenges('x');
    const use = (count: number) => server.check([answer(value, credentials, count)], 'x', invite);
    expect([1, 1, 2, 2, 1, 0xff, 3].map(use)).toEqual([
      ...['good', 'replayed', 'good', 'replayed', 'replayed', 'good', 'replayed'],
    ]);
  });

  it('a wrong password uses nothing up', () => {
    const [value = ''] = server.challenges('x');
    expect(server.check([answer(value, { ...credentials, password: 'no' }, 9)], 'x', invite)).toBe('wrong');
    expect(server.check([answer(value)], 'x', invite)).toBe('good');
  });

  it('a count that is no count is wrong', () => {
    const given = answer(server.challenges('x')[0] ?? '').replace('nc=00000001', 'nc=1');
    expect(server.check([given], 'x', invite)).toBe('wrong');
  });

  it('a nonce grows old', () => {
    const given = answer(server.challenges('x')[0] ?? '');
    now += 60_000;
    expect(server.check([given], 'x', invite)).toBe('good');
    const again = answer(server.challenges('x')[0] ?? '');
    now += 60_001;
    expect(server.check([again], 'x', invite)).toBe('stale');
    expect(server.challenges('x', { stale: true })[0]).toContain('stale=true');
  });
});
