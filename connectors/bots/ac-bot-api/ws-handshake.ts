import { BotError } from '../../../src/bots/port.ts';
import { type BotSocket, type DialOptions, dialBot } from './bot-socket.ts';
import { abortedError } from './http-client.ts';
import type { MessageReader } from './message-reader.ts';
import type { BotMessage } from './ws-wire.ts';

/** What the bot is asked for on a fresh connection. */
export interface SessionRequest {
  /** `session.initiate` or `session.resume`. */
  message: string;
  /** How it is told that nobody is interested any more, once it has been asked. */
  goodbye(): string;
  /** From the message to `session.accepted`. */
  acceptMs: number;
  /** How long a goodbye may take. */
  closeMs: number;
  reader: MessageReader;
  /** Told about every connection that was made; the promise resolves when it is gone. */
  onOpen(closed: Promise<void>): void;
}

/** A connection on which the bot has accepted the session. */
export interface AcceptedSession {
  socket: BotSocket;
  /** As the bot wrote it. */
  mediaFormat: string | undefined;
  /** What came before somebody else listened to the socket, in order; it may still grow until then. */
  early: BotMessage[];
}

/**
 * Connects and asks for the session: `session.accepted` or `session.error` (sections 3.3, 3.4). Messages may come
 * ahead of the acceptance, because bots on the vendor's SDK accept when their own preparations are over.
 * @throws BotError `bot_failed` for `session.error`, `bot_unreachable` when no answer comes in time
 */
export async function openSession(dial: DialOptions, request: SessionRequest): Promise<AcceptedSession> {
  const early: BotMessage[] = [];
  let earlyBytes = 0;
  const { promise, resolve, reject } = Promise.withResolvers<string | undefined>();
  const socket = await dialBot(dial, {
    onMessage(text) {
      try {
        const message = request.reader.read(text);
        if (message?.type === 'session.accepted') return resolve(message.mediaFormat);
        if (message?.type === 'session.error') return reject(sessionError(message.reason));
        if (message === undefined) return;
        earlyBytes += text.length;
        if (earlyBytes > dial.maxMessageBytes) {
          const problem = `more than ${dial.maxMessageBytes} bytes came before the session was accepted`;
          throw new BotError('bot_failed', problem, { publicMessage: 'the bot does not keep to the protocol' });
        }
        early.push(message);
      } catch (error) {
        reject(error);
      }
    },
    onClosed: reject,
  });
  request.onOpen(socket.closed);
  const { signal, clock } = dial;
  const onAbort = (): void => reject(abortedError(signal.reason));
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  const cancelDeadline = clock.after(request.acceptMs, () =>
    reject(
      new BotError('bot_unreachable', `no session.accepted within ${request.acceptMs} ms`, {
        publicMessage: 'the bot did not answer in time',
      }),
    ),
  );
  socket.send(request.message);
  try {
    return { socket, mediaFormat: await promise, early };
  } catch (error) {
    socket.send(request.goodbye());
    void socket.close(request.closeMs);
    throw error;
  } finally {
    cancelDeadline();
    signal.removeEventListener('abort', onAbort);
  }
}

/** The bot refuses the session, or gives it up. */
export function sessionError(reason: string): BotError {
  return new BotError('bot_failed', `the bot answered session.error${reason === '' ? '' : `: ${reason}`}`, {
    publicMessage: 'the bot refused the conversation',
  });
}
