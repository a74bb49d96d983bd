import { BotError } from '../../../src/bots/port.ts';
import { messageOf } from '../../../src/errors.ts';

const CERTIFICATE_CODES = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'CERT_SIGNATURE_FAILURE',
  'CERT_NOT_YET_VALID',
  'CERT_HAS_EXPIRED',
  'ERR_TLS_CERT_ALTNAME_INVALID',
]);

/** Trouble below the protocol, in words; retryable where another attempt may do better. */
export function networkError(where: string, cause: unknown): BotError {
  const code = codeOf(cause);
  if (code === 'UND_ERR_HEADERS_OVERFLOW' || code === 'HPE_HEADER_OVERFLOW') {
    return unusable(`${where}: the answer's header is too long`, cause);
  }
  if (code.startsWith('HPE_')) return unusable(`${where}: the answer is not HTTP`, cause);
  if (CERTIFICATE_CODES.has(code)) {
    return new BotError(
      'bot_unreachable',
      `${where}: the bot's certificate was not accepted (${code}): see caCertificate and allowSelfSignedCert`,
      {
        cause,
        publicMessage: 'the bot cannot be reached',
      },
    );
  }
  return new BotError('bot_unreachable', `${where}: ${describe(cause, code)}`, {
    cause,
    retryable: true,
    publicMessage: 'the bot cannot be reached',
  });
}

function unusable(message: string, cause: unknown): BotError {
  return new BotError('bot_failed', message, { cause, publicMessage: 'the bot gave an unusable answer' });
}

function describe(cause: unknown, code: string): string {
  switch (code) {
    case 'ECONNREFUSED':
      return 'connection refused: is the bot running?';
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `the host name cannot be resolved (${code})`;
    case 'UND_ERR_CONNECT_TIMEOUT':
      return 'no connection in time';
    case 'UND_ERR_SOCKET':
    case 'ECONNRESET':
    case 'EPIPE':
      return 'the bot closed the connection before its answer was complete';
    default:
      return code === '' ? messageOf(cause) : code;
  }
}

function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return '';
  if ('code' in error && typeof error.code === 'string') return error.code;
  if (error instanceof AggregateError && error.errors.length > 0) return codeOf(error.errors[0]);
  return '';
}
