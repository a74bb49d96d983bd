import { pino } from 'pino';
import { beforeEach, expect, it } from 'vitest';
import { AttemptLimiter } from '../access/attempt-limiter.ts';
import { VirtualClock } from '../media/virtual-clock.ts';
import { authorization, parseChallenge } from './digest.ts';
import { createInboundAuth, type InboundAuth } from './inbound-auth.ts';
import { FakeInvite } from './testing.ts';

const credentials = { username: 'pbx', password: 'hush' };
const common = { ...credentials, realm: 'hub', nonceLifetimeMs: 60_000 };

let clock: VirtualClock;
let auth: InboundAuth;
let outcomes: string[];
let lines: Record<string, unknown>[];

beforeEach(() => {
  outcomes = [];
  lines = [];
  clock = new VirtualClock();
  auth = createInboundAuth(
    [
      { id: 'phones', auth: { ...common, algorithms: ['SHA-256', 'MD5'], challengeCallers: true } },
      { id: 'carrier', auth: { ...common, algorithms: ['MD5'], challengeCallers: false } },
      { id: 'other' },
    ],
    {
      clock,
      log: pino({}, { write: (line) => void lines.push(JSON.parse(line)) }),
      createLimiter: () => new AttemptLimiter(clock),
      outcome: (connection, outcome) => outcomes.push(`${connection} ${outcome}`),
    },
  );
});

function answer(challenge: string, as = credentials): string {
  const parsed = parseChallenge(challenge);
  if (parsed === undefined) throw new Error(challenge);
  const request = { method: 'INVITE', uri: 'sip:demo@127.0.0.1', body: '', cnonce: 'c', nonceCount: 1 };
  return authorization(parsed, as, request);
}

function send(given?: string, source = '127.0.0.1', connection = 'phones') {
  const invite = new FakeInvite({ source, ...(given === undefined ? {} : { authorization: given }) });
  const verdict = auth.admit(invite.invite, connection);
  const challenges = (invite.headers['WWW-Authenticate'] ?? '').split(/, (?=Digest)/);
  return { verdict, status: invite.responses[0], challenge: challenges[0] ?? '', challenges };
}

const wrong = (source?: string) =>
  send(answer(send(undefined, source).challenge, { ...credentials, password: 'no' }), source);

it('an INVITE is challenged, and taken with the right answer to either challenge', () => {
  for (const which of [0, 1]) {
    const first = send();
    expect(first).toMatchObject({ verdict: 'challenged', status: 401 });
    expect(first.challenges).toHaveLength(2);
    expect(send(answer(first.challenges[which] ?? ''))).toMatchObject({ verdict: 'admitted', status: undefined });
  }
  expect(outcomes).toEqual(['phones absent', 'phones good', 'phones absent', 'phones good']);
});

it('a wrong password gets 403, and is logged without what proves anything', () => {
  expect(wrong()).toMatchObject({ verdict: 'refused', status: 403 });
  expect(lines).toMatchObject([{ level: 40, remote: '127.0.0.1', connection: 'phones', user: 'pbx' }]);
  expect(JSON.stringify(lines)).not.toMatch(/hush|response|nonce/);
});

it('what is sent again gets a new challenge, and is logged', () => {
  const given = answer(send().challenge);
  send(given);
  const again = send(given);
  expect(again).toMatchObject({ verdict: 'challenged', status: 401 });
  expect(again.challenge).toContain('stale=true');
  expect(outcomes.at(-1)).toBe('phones replayed');
  expect(lines).toMatchObject([{ user: 'pbx', msg: 'INVITE with credentials used before' }]);
  expect(send(answer(again.challenge)).verdict).toBe('admitted');
});

it('what comes too late gets a new challenge', async () => {
  const given = answer(send().challenge);
  await clock.run(60_001);
  const late = send(given);
  expect(late).toMatchObject({ verdict: 'challenged', status: 401 });
  expect(late.challenge).toContain('stale=true');
  expect(send(answer(late.challenge)).verdict).toBe('admitted');
  expect(outcomes).toEqual(['phones absent', 'phones stale', 'phones good']);
});

it('after ten wrong ones nothing from there is looked at for a while; other addresses are', async () => {
  const right = answer(send().challenge);
  for (let n = 0; n < 10; n++) expect(wrong().status).toBe(403);
  expect(lines.at(-1)).toMatchObject({ refusedForMs: 6_000 });
  expect(send(right)).toMatchObject({ verdict: 'refused', status: 403 });
  expect(outcomes.at(-1)).toBe('phones limited');
  expect(send(answer(send(undefined, '127.0.0.2').challenge), '127.0.0.2').verdict).toBe('admitted');
  await clock.run(6_000);
  expect(send(right).verdict).toBe('admitted');
});

it('a name is guessed at from many addresses only so often', () => {
  let refused = 0;
  for (let n = 0; n < 30; n++) refused += wrong(`127.0.1.${n}`).status === 403 ? 1 : 0;
  expect(refused).toBe(30);
  for (let n = 0; n < 3; n++) wrong('127.0.2.1');
  expect(outcomes.filter((outcome) => outcome === 'phones wrong')).toHaveLength(32);
  expect(outcomes.at(-1)).toBe('phones limited');
});

it('a nonce of another address is worth nothing', () => {
  expect(send(answer(send().challenge), '127.0.0.2')).toMatchObject({ verdict: 'challenged', status: 401 });
});

it.each(['other', 'carrier'])('other connections ask for nothing: %s', (connection) => {
  expect(send(undefined, '127.0.0.1', connection)).toMatchObject({ verdict: 'admitted', status: undefined });
  expect(outcomes).toEqual([]);
});
