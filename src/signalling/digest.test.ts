import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { authorization, parseChallenge } from './digest.ts';

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
