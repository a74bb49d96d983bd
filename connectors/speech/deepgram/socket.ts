import { Agent } from 'node:https';
import { createSecureContext, getCACertificates } from 'node:tls';
import { WebSocket } from 'ws';
import type { Clock } from '../../../src/clock.ts';
import { SpeechError } from '../../../src/speech/ports.ts';
import type { DeepgramConfig } from './config.ts';

/** Longest message of the server; audio comes in pieces of some kilobytes. */
const MAX_MESSAGE_BYTES = 1024 * 1024;

/** Opens a socket of Deepgram's. @throws SpeechError */
export type Dial = (url: URL, signal: AbortSignal) => Promise<WebSocket>;

/** @param closing ends the handshakes under way, and lets none begin */
export function createDial(config: DeepgramConfig, clock: Clock, closing: AbortSignal): Dial {
  const { apiKey, connectMs, caCertificate, allowSelfSignedCert } = config;
  const options = {
    headers: { Authorization: `Token ${apiKey}` },
    perMessageDeflate: false,
    maxPayload: MAX_MESSAGE_BYTES,
    rejectUnauthorized: !allowSelfSignedCert,
    ...(caCertificate === undefined ? {} : { agent: agentTrusting(caCertificate) }),
  };
  return (url, unwanted) =>
    new Promise((resolve, reject) => {
      const signal = AbortSignal.any([unwanted, closing]);
      const giveUp = () =>
        closing.aborted
          ? new SpeechError('speech_unavailable', 'the service is closed')
          : new SpeechError('speech_failed', 'not wanted any more');
      if (signal.aborted) {
        reject(giveUp());
        return;
      }
      const socket = new WebSocket(url, options);
      const settle = () => {
        cancelDeadline();
        signal.removeEventListener('abort', onAbort);
        socket.removeAllListeners();
        socket.on('error', () => {}); // giving up a handshake emits one
      };
      const fail = (error: SpeechError) => {
        settle();
        socket.terminate();
        reject(error);
      };
      const onAbort = () => fail(giveUp());
      signal.addEventListener('abort', onAbort, { once: true });
      const cancelDeadline = clock.after(connectMs, () =>
        fail(new SpeechError('speech_timeout', `Deepgram: no connection within ${connectMs} ms`, { retryable: true })),
      );
      socket.once('open', () => {
        settle();
        resolve(socket);
      });
      socket.once('error', (cause) => {
        fail(new SpeechError('speech_unavailable', `Deepgram: ${cause.message}`, { cause, retryable: true }));
      });
      socket.once('unexpected-response', (request, response) => {
        const status = response.statusCode ?? 0;
        const said = response.headers['dg-error'];
        response.destroy();
        request.destroy();
        fail(refusal(status, typeof said === 'string' ? said : ''));
      });
    });
}

/** One context for all connections: making it reads every authority that Node knows. */
function agentTrusting(pem: string): Agent {
  return new Agent({ secureContext: createSecureContext({ ca: [...getCACertificates('default'), pem] }) });
}

function refusal(status: number, said: string): SpeechError {
  const message = `Deepgram answered ${status}${said === '' ? '' : `: ${said}`}`;
  if (status === 401 || status === 403) {
    return new SpeechError('speech_rejected', `${message}; check apiKey`, {
      publicMessage: 'Deepgram refuses the key',
    });
  }
  if (status === 429 || status >= 500) {
    return new SpeechError('speech_unavailable', message, { retryable: true, publicMessage: 'Deepgram is overloaded' });
  }
  return new SpeechError('speech_rejected', message, { publicMessage: `Deepgram refuses the request (${status})` });
}

/** Why a socket closed, as an error; undefined where it closed as sockets do. */
export function closeError(code: number, reason: string): SpeechError | undefined {
  if (code === 1000) return undefined;
  return new SpeechError(
    'speech_failed',
    `Deepgram closed the connection (${code}${reason === '' ? '' : ` ${reason}`})`,
    {
      retryable: true,
      publicMessage: 'the connection to Deepgram broke',
    },
  );
}
