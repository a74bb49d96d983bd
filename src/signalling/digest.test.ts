import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { authorization, DigestServer, parseChallenge } from './digest.ts';

function challenge(value: string) {
  const parsed = parseChallenge(value);
  if (parsed === undefined) throw new Error(`not read: ${value}`);
  return parsed;
}

const response = (value: string) => /response="([0-9a-f]+)"/.exec(value)?.[1];

describe('the client', () => {
  const get = { method: 'GET', uri: '/dir/index.html', body: '', nonceCount: 1 };

  it('RFC 7616 3.9.1: MD5 and SHA-256', () => {
    const asked =
      'realm="http-auth@example.org", qop="auth, auth-int", nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"';
    const credentials = { username: 'Mufasa', password: 'Circle of Life' };
    const request = { ...get, cnonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ' };
    expect(response(authorization(challenge(`Digest ${asked}, algorithm=MD5`), credentials, request))).toBe(
      '8ca523f5e9506fed4657c9700eebdbec',
    );
    const sha = authorization(challenge(`Digest ${asked}, algorithm=SHA-256`), credentials, request);
    expect(response(sha)).toBe('753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1');
    expect(sha).toContain('algorithm=SHA-256');
    expect(sha).toContain('qop=auth, nc=00000001, cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"');
    expect(sha).toContain('opaque="FQhe');
  });

  it('RFC 2617 3.5, and the form of RFC 2069 without a qop', () => {
    const credentials = { username: 'Mufasa', password: 'Circle Of Life' };
    const asked = 'Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093"';
    const request = { ...get, cnonce: '0a4f113b' };
    expect(response(authorization(challenge(`${asked}, qop="auth,auth-int"`), credentials, request))).toBe(
      '6629fae49393a05397450978507c4ef1',
    );
    const plain = authorization(challenge(asked), credentials, request);
    expect(response(plain)).toBe('670fd8c2df070c60b045671b8b24ff02');
    expect(plain).not.toContain('cnonce');
  });

  it.each([
    'Basic realm="a"',
    'Digest realm="a"',
    'Digest realm="a", nonce="b", algorithm=SHA-1',
    'Digest realm="a", nonce="b", qop="future"',
  ])('does not answer %s', (value) => {
    expect(parseChallenge(value)).toBeUndefined();
  });

  it('reads whatever comes without throwing', () => {
    fc.assert(fc.property(fc.string(), (text) => void parseChallenge(`Digest ${text}`)));
  });
});

describe('the server', () => {
  const credentials = { username: 'pbx "1"', password: 'hush' };
  let now = 1_000_000;
  const server = new DigestServer({
    realm: 'hub',
    algorithms: ['SHA-256', 'MD5'],
    credentials,
    key: Buffer.from('k'.repeat(32)),
    now: () => now,
  });
  const invite = { method: 'INVITE', body: '' };
  const answer = (value: string, as = credentials, body = '') =>
    authorization(challenge(value), as, { method: 'INVITE', uri: 'sip:demo@hub', body, cnonce: 'c', nonceCount: 1 });

  it('takes its own challenges answered with the right password, by either algorithm', () => {
    const [sha, md5] = server.challenges('call-1');
    expect(sha).toContain('algorithm=SHA-256');
    expect(md5).toContain('algorithm=MD5');
    for (const value of [sha, md5]) expect(server.check([answer(value ?? '')], 'call-1', invite)).toBe('good');
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

  it('a nonce grows old', () => {
    const given = answer(server.challenges('x')[0] ?? '');
    now += 60_000;
    expect(server.check([given], 'x', invite)).toBe('good');
    now += 1;
    expect(server.check([given], 'x', invite)).toBe('stale');
    expect(server.challenges('x', { stale: true })[0]).toContain('stale=true');
  });
});
