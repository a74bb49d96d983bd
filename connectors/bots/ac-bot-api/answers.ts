import { BotError } from '../../../src/bots/port.ts';
import type { HttpAnswer } from './http-client.ts';
import { displayUrl, resolveBotUrl } from './urls.ts';

/** Which of the bot's addresses answered: 404 means another thing at each. */
export type Step = 'create' | 'upgrade' | 'activities' | 'refresh' | 'disconnect' | 'check' | 'token';

/**
 * The body of a successful answer; undefined when it is empty.
 * @throws BotError for every other status (section 1.8) and for a body that is not JSON
 */
export function readAnswer(step: Step, url: URL, answer: HttpAnswer): unknown {
  if (answer.status < 200 || answer.status > 299) throw errorForStatus(step, url, answer);
  const text = answer.text.trim();
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw protocolError(step, url, 'the body is not JSON');
  }
}

/** The bot answered, but not in the words of the protocol. */
export function protocolError(step: Step, url: URL, problem: string): BotError {
  return new BotError('bot_failed', `${step} (${displayUrl(url)}): ${problem}`, {
    publicMessage: 'the bot gave an unusable answer',
  });
}

/** What a status other than the hoped-for means (section 1.8). */
export function errorForStatus(step: Step, url: URL, answer: Pick<HttpAnswer, 'status' | 'location'>): BotError {
  const { status } = answer;
  const where = `${step} (${displayUrl(url)})`;
  if (status >= 300 && status <= 399) {
    return protocolError(
      step,
      url,
      `answered ${status}, a redirect${targetOf(answer, url)}; redirects are not followed`,
    );
  }
  if (status === 401 || status === 403) {
    return new BotError('bot_rejected', `${where}: answered ${status}, the credentials were not accepted`, {
      publicMessage: 'the bot refused the credentials',
    });
  }
  if ((status === 404 || status === 410) && (step === 'activities' || step === 'refresh' || step === 'disconnect')) {
    return new BotError('bot_conversation_lost', `${where}: answered ${status}, the conversation is not known`, {
      publicMessage: 'the bot lost the conversation',
    });
  }
  if (status >= 400 && status <= 499) {
    return new BotError('bot_rejected', `${where}: answered ${status}`, {
      retryable: status === 408 || status === 429,
      publicMessage: 'the bot refused the request',
    });
  }
  return new BotError('bot_failed', `${where}: answered ${status}`, {
    retryable: status === 502 || status === 503 || status === 504,
    publicMessage: 'the bot failed',
  });
}

function targetOf(answer: Pick<HttpAnswer, 'location'>, url: URL): string {
  if (answer.location === undefined) return '';
  const target = resolveBotUrl(answer.location, url);
  return target.ok ? ` to ${displayUrl(target.url)}` : '';
}
