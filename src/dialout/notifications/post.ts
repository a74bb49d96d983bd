import type { Clock } from '../../clock.ts';
import { messageOf } from '../../errors.ts';
import type { GuardedFetcher } from '../../net/guarded-fetcher.ts';
import { UrlError } from '../../net/url-guard.ts';
import { type AttemptOutcome, parseRetryAfter } from './backoff.ts';
import type { Post } from './deliverer.ts';
import { signatureHeader } from './signature.ts';

export interface PostDeps {
  fetcher: Pick<GuardedFetcher, 'exchange'>;
  /** Secret of an API client; undefined: its notifications are not signed. */
  secretOf(client: string): string | undefined | Promise<string | undefined>;
  clock: Pick<Clock, 'date'>;
  timeoutMs: number;
  /** Of the hub, for `User-Agent`. */
  version: string;
}

/** Sends a notification over HTTP, signed. */
export function httpPost(deps: PostDeps): Post {
  const { fetcher, secretOf, clock, timeoutMs, version } = deps;
  return async (notification, signal) => {
    const now = clock.date().getTime();
    const { body, url } = notification;
    const secret = await secretOf(notification.client);
    const headers = {
      'content-type': 'application/json',
      'user-agent': `Patchbay/${version}`,
      'x-patchbay-event-id': String(notification.eventId),
      'x-patchbay-attempt': String(notification.attempts + 1),
      ...(secret === undefined
        ? {}
        : { 'x-patchbay-signature': signatureHeader(secret, Math.floor(now / 1000), body) }),
    };
    try {
      const { status, headers: answer } = await fetcher.exchange(url, { body, headers, timeoutMs, signal });
      const retryAfter = answer['retry-after'];
      const retryAfterMs = parseRetryAfter(typeof retryAfter === 'string' ? retryAfter : undefined, now);
      return { kind: 'answered', status, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
    } catch (error) {
      if (signal.aborted) throw error;
      return unanswered(error);
    }
  };
}

function unanswered(error: unknown): AttemptOutcome {
  if (!(error instanceof UrlError)) return { kind: 'unanswered', reason: 'unreachable', message: messageOf(error) };
  const { publicMessage: message } = error;
  switch (error.code) {
    case 'url_invalid':
    case 'url_forbidden':
      return { kind: 'unanswered', reason: 'forbidden', message };
    case 'url_timeout':
      return { kind: 'unanswered', reason: 'timeout', message };
    case 'url_unreachable':
    case 'url_failed':
    case 'url_too_large':
      return { kind: 'unanswered', reason: 'unreachable', message };
  }
}
