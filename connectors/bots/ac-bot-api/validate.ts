import { z } from 'zod';
import type { BotCheckReport, BotCheckStep } from '../../../src/bots/port.ts';
import { BotError } from '../../../src/bots/port.ts';
import { messageOf } from '../../../src/errors.ts';
import { protocolError } from './answers.ts';
import { type BotSocket, type BotSocketListener, type DialOptions, dialBot } from './bot-socket.ts';
import { displayUrl, toHttpUrl } from './urls.ts';
import { dialWithCredentials, type WsTarget } from './ws-dial.ts';
import { parseBotMessage, validateMessage } from './ws-wire.ts';

/**
 * How long a bot may take to answer `connection.validate` (section 13.4); and GET, where it is one over WebSocket: the
 * vendor's SDK never answers that.
 */
export const VALIDATE_MS = 3_000;

const healthAnswer = z.object({ type: z.literal('ac-bot-api'), success: z.literal(true) });
const EXPECTED = '{"type":"ac-bot-api","success":true}';

type Findings = Pick<BotCheckStep, 'message' | 'warning'>;

/**
 * The connectivity check of section 1.6: `GET <url>` has to answer 200 with `{"type":"ac-bot-api","success":true}`.
 * Where the credentials are OAuth's, the token is asked for first. Never rejects.
 */
export async function checkOverHttp(target: WsTarget & { signal: AbortSignal }): Promise<BotCheckReport> {
  const steps: BotCheckStep[] = [];
  if (!(await tokenStep(target, steps))) return { ok: false, steps };
  const ok = await run(steps, 'http-get', target, () => httpGet(target));
  return { ok, steps };
}

/**
 * The order of section 13.4: GET at the http or https address of the same name, for bots that answer there as the real
 * product asks them to; else the upgrade and `connection.validate`; a bot that does not know that message has passed
 * with a warning. Never rejects.
 */
export async function checkOverWebSocket(
  target: WsTarget & { signal: AbortSignal; conversationId: string },
): Promise<BotCheckReport> {
  const steps: BotCheckStep[] = [];
  if (!(await tokenStep(target, steps))) return { ok: false, steps };
  const timeoutMs = Math.min(target.config.timeouts.checkMs, VALIDATE_MS);
  if (await run(steps, 'http-get', target, () => httpGet({ ...target, url: toHttpUrl(target.url) }, timeoutMs))) {
    return { ok: true, steps };
  }
  const answered = answerOf();
  let socket: BotSocket | undefined;
  const connected = await run(steps, 'ws-handshake', target, async () => {
    socket = await dialWithCredentials(target, {}, target.signal, (dial: DialOptions) => dialBot(dial, answered));
    return { message: `${displayUrl(target.url)} accepted the WebSocket` };
  });
  if (!connected || socket === undefined) return { ok: false, steps };
  const open = socket;
  const ok = await run(steps, 'ws-validate', target, async () => {
    open.send(validateMessage(target.conversationId));
    return findingsOf(await within(VALIDATE_MS, target, answered.answer));
  });
  await open.close(target.config.timeouts.disconnectMs);
  return { ok, steps };
}

/** True when there is no token to ask for, or it was given. */
async function tokenStep(target: WsTarget & { signal: AbortSignal }, steps: BotCheckStep[]): Promise<boolean> {
  const { oauth } = target.config.auth;
  if (oauth === undefined) return true;
  return run(steps, 'token', target, async () => {
    await target.access.credentials.header(target.signal);
    return { message: `${displayUrl(new URL(oauth.tokenUrl))} gave an access token` };
  });
}

async function httpGet(
  target: WsTarget & { signal: AbortSignal },
  timeoutMs = target.config.timeouts.checkMs,
): Promise<Findings> {
  const { url, access, signal } = target;
  const answer = await access.requests({
    step: 'check',
    method: 'GET',
    url,
    retries: 1,
    timeoutMs,
    signal,
  });
  if (!healthAnswer.safeParse(answer).success)
    throw protocolError('check', url, `expected ${EXPECTED} in answer to GET`);
  return { message: `GET ${displayUrl(url)} answered ${EXPECTED}` };
}

type Answer = { kind: 'validated'; success: boolean } | { kind: 'closed'; error: BotError } | { kind: 'silence' };

function findingsOf(answer: Answer): Findings {
  switch (answer.kind) {
    case 'validated':
      if (answer.success) return { message: 'the bot answered connection.validate' };
      throw new BotError('bot_failed', 'the bot answered connection.validated without success: true');
    case 'closed':
      if (answer.error.code !== 'bot_unreachable') throw answer.error;
      return handshakeOnly(`the bot closed the connection after connection.validate (${answer.error.message})`);
    case 'silence':
      return handshakeOnly(`the bot did not answer connection.validate within ${VALIDATE_MS} ms`);
  }
}

function handshakeOnly(why: string): Findings {
  const advice = `bots on the vendor's SDK do not; place a call to be sure, or answer GET with ${EXPECTED}`;
  return { warning: true, message: `handshake only: ${why}; ${advice}` };
}

/** Listens for the answer to `connection.validate`. */
function answerOf(): BotSocketListener & { answer: Promise<Answer> } {
  const { promise, resolve } = Promise.withResolvers<Answer>();
  return {
    answer: promise,
    onMessage(text) {
      const parsed = parseBotMessage(text);
      if (parsed.ok && parsed.message.type === 'connection.validated') {
        resolve({ kind: 'validated', success: parsed.message.success });
      }
    },
    onClosed: (error) => resolve({ kind: 'closed', error }),
  };
}

/** The answer, or silence after `ms`. @throws BotError when the check is given up */
function within(ms: number, target: WsTarget & { signal: AbortSignal }, answer: Promise<Answer>): Promise<Answer> {
  const { signal, clock } = target;
  return new Promise((resolve) => {
    const settle = (result: Answer): void => {
      cancel();
      signal.removeEventListener('abort', onAbort);
      resolve(result);
    };
    const onAbort = (): void => settle({ kind: 'silence' });
    const cancel = clock.after(ms, onAbort);
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    void answer.then(settle);
  });
}

/** Does one step and notes how it went. */
async function run(
  steps: BotCheckStep[],
  step: string,
  { clock }: WsTarget,
  work: () => Promise<Findings>,
): Promise<boolean> {
  const startedAt = clock.now();
  const took = (): number => Math.round(clock.now() - startedAt);
  try {
    const findings = await work();
    steps.push({ step, ok: true, ...findings, ms: took() });
    return true;
  } catch (error) {
    steps.push({ step, ok: false, message: messageOf(error), ms: took() });
    return false;
  }
}
