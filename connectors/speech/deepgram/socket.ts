import { WebSocket } from 'ws';
import { SpeechError } from '../../../src/speech/ports.ts';

export interface DialOptions {
  url: URL;
  apiKey: string;
  connectMs: number;
  signal: AbortSignal;
}

/** Longest message of the server; audio comes in pieces of some kilobytes. */
const MAX_MESSAGE_BYTES = 1024 * 1024;

/** Opens a socket of Deepgram's. @throws SpeechError */
export function dial({ url, apiKey, connectMs, signal }: DialOptions): Promise<WebSocket> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(new SpeechError('speech_failed', 'not wanted any more'));
      return;
    }
    const socket = new WebSocket(url, {
      headers: { Authorization: `Token ${apiKey}` },
      handshakeTimeout: connectMs,
      perMessageDeflate: false,
      maxPayload: MAX_MESSAGE_BYTES,
    });
    const settle = () => {
      signal.removeEventListener('abort', onAbort);
      socket.removeAllListeners();
      socket.on('error', () => {}); // giving up a handshake emits one
    };
    const fail = (error: SpeechError) => {
      settle();
      socket.terminate();
      reject(error);
    };
    const onAbort = () => fail(new SpeechError('speech_failed', 'not wanted any more'));
    signal.addEventListener('abort', onAbort, { once: true });
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
