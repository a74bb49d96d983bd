import type Srf from 'drachtio-srf';
import { beforeEach, describe, expect, it } from 'vitest';
import { ChallengeAnswers } from './challenge-answers.ts';
import { SipDialog } from './sip-dialog.ts';
import { SipError } from './sip-error.ts';
import { FakeDialog } from './testing.ts';

let fake: FakeDialog;
let dialog: SipDialog;

const dialogWith = (answers: ChallengeAnswers) => new SipDialog(fake as unknown as Srf.Dialog, answers);
const challenge = (nonce: string, options: { stale?: boolean; status?: 401 | 407; realm?: string } = {}) => {
  const { stale = false, status = 401, realm = 'pbx' } = options;
  const name = status === 401 ? 'WWW-Authenticate' : 'Proxy-Authenticate';
  return {
    status,
    header: `${name}: Digest realm="${realm}", nonce="${nonce}", qop="auth"${stale ? ', stale=true' : ''}`,
  };
};
/** nonce and count of the credentials of each request, with the header that has them. */
const given = () =>
  fake.requests.map(({ headers }) =>
    Object.entries(headers)
      .filter(([name]) => /authorization$/i.test(name))
      .map(([name, value]) => `${name}: ${/nonce="([^"]*)"/.exec(value)?.[1]} ${/nc=0*(\d+)/.exec(value)?.[1]}`)
      .join(', '),
  );

beforeEach(() => {
  fake = new FakeDialog();
  dialog = dialogWith(new ChallengeAnswers({ username: 'hub', password: 'hush' }));
});

describe.each(['INFO', 'INVITE', 'REFER', 'OPTIONS', 'NOTIFY', 'UPDATE'] as const)('%s in a dialog', (method) => {
  const send = () => dialog.request({ method, headers: { 'X-A': 'b' } });

  it('answers a challenge, and uses its nonce for what follows', async () => {
    fake.challenges.push(challenge('n1'));
    expect(await send()).toMatchObject({ status: 200 });
    await send();
    expect(given()).toEqual(['', 'Authorization: n1 1', 'Authorization: n1 2']);
    expect(fake.requests.map(({ headers }) => headers['X-A'])).toEqual(['b', 'b', 'b']);
  });

  it('takes a new nonce where the old one is stale, and where it is simply taken no more', async () => {
    fake.challenges.push(challenge('n1'));
    await send();
    fake.challenges.push(challenge('n2', { stale: true }));
    await send();
    fake.challenges.push(challenge('n3'));
    await send();
    expect(given().filter((_, index) => index % 2 === 1)).toEqual([
      ...['Authorization: n1 1', 'Authorization: n2 1', 'Authorization: n3 1'],
    ]);
  });

  it('does not try a refused password again', async () => {
    fake.challenges.push(challenge('n1'), challenge('n2'));
    await expect(send()).rejects.toMatchObject({ code: 'sip_rejected', status: 401 });
    expect(fake.requests).toHaveLength(2);
  });
});

it('a server and the proxy before it are both answered', async () => {
  fake.challenges.push(challenge('p1', { status: 407, realm: 'proxy' }), challenge('n1'));
  await dialog.request({ method: 'REFER' });
  expect(given()).toEqual(['', 'Proxy-Authorization: p1 1', 'Proxy-Authorization: p1 2, Authorization: n1 1']);
});

it('a server that finds every nonce stale is left alone', async () => {
  for (let n = 0; n < 9; n++) fake.challenges.push(challenge(`n${n}`, { stale: true }));
  await expect(dialog.request({ method: 'INFO' })).rejects.toMatchObject({ status: 401 });
  expect(fake.requests).toHaveLength(4);
});

it('BYE is authenticated, and the dialog is over whatever is said of it', async () => {
  fake.challenges.push(challenge('n1'), challenge('n2', { stale: true }), challenge('n3'));
  const ended: unknown[] = [];
  dialog.on('ended', (end) => ended.push(end));
  await dialog.hangup({ Reason: 'x' });
  expect(given()).toEqual(['', 'Authorization: n1 1', 'Authorization: n2 1']);
  expect(fake.requests.every(({ method, headers }) => method === 'BYE' && headers.Reason === 'x')).toBe(true);
  expect([fake.forgotten, dialog.ended, ended]).toEqual([true, true, [{ byAgent: false, reason: undefined }]]);
  await expect(dialog.request({ method: 'INFO' })).rejects.toBeInstanceOf(SipError);
});

it('without credentials a challenge is a refusal', async () => {
  dialog = dialogWith(new ChallengeAnswers(undefined));
  fake.challenges.push(challenge('n1'));
  await expect(dialog.request({ method: 'INFO' })).rejects.toMatchObject({ status: 401 });
  expect(fake.requests).toHaveLength(1);
});

it('re-INVITEs wait for one another, and a refused one holds up nobody', async () => {
  fake.challenges.push({ status: 488, header: 'Warning: 305 x "y"' });
  const results = await Promise.allSettled([dialog.modify('v=0 first'), dialog.modify('v=0 second')]);
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
  expect(fake.requests.map(({ body }) => body)).toEqual(['v=0 first', 'v=0 second']);
  expect(fake.local.sdp).toBe('v=0 second');
});
