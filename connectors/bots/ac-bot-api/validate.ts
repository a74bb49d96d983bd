import { z } from 'zod';
import { protocolError } from './answers.ts';
import type { BotRequests } from './bot-requests.ts';

const healthAnswer = z.object({ type: z.literal('ac-bot-api'), success: z.literal(true) });

/**
 * The connectivity check of section 1.6: `GET <url>` has to answer 200 with `{"type":"ac-bot-api","success":true}`.
 * @throws BotError with a message that a bot's author can act on
 */
export async function validateHttpBot(
  requests: BotRequests,
  url: URL,
  options: { timeoutMs: number; signal: AbortSignal },
): Promise<void> {
  const answer = await requests({ step: 'check', method: 'GET', url, retries: 0, ...options });
  if (!healthAnswer.safeParse(answer).success) {
    throw protocolError('check', url, 'expected {"type":"ac-bot-api","success":true} in answer to GET');
  }
}
