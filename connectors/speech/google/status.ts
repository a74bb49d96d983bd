import { SpeechError } from '../../../src/speech/ports.ts';

/** What a gRPC call ended with (grpc.io, "Status codes and their use in gRPC"). */
export interface GrpcStatus {
  code: number;
  details: string;
}

export const GRPC = {
  CANCELLED: 1,
  UNKNOWN: 2,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
  OUT_OF_RANGE: 11,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  UNAUTHENTICATED: 16,
} as const;

/** The status in what the SDK throws or emits; what is none of gRPC's counts as UNKNOWN. */
export function statusOf(error: unknown): GrpcStatus {
  const { code, details, message } = (error ?? {}) as { code?: unknown; details?: unknown; message?: unknown };
  return {
    code: typeof code === 'number' ? code : GRPC.UNKNOWN,
    details: typeof details === 'string' && details !== '' ? details : String(message ?? error),
  };
}

/**
 * Whether a stream ended as Google's streams always do: at its longest duration (v1 305 s: OUT_OF_RANGE; v2 5 minutes: ABORTED), or
 * because no audio came ("Audio Timeout Error", "Stream timed out after receiving no more client requests").
 */
export function isUsualEnd({ code, details }: GrpcStatus): boolean {
  if (code === GRPC.OUT_OF_RANGE) return true;
  return code === GRPC.ABORTED && /max duration|timed out after receiving no more/i.test(details);
}

/** Whether the token, rather than the account, may be what was refused. */
export function isTokenTrouble({ code }: GrpcStatus): boolean {
  return code === GRPC.UNAUTHENTICATED;
}

/** A status as an error of the port. `details` are Google's words. */
export function speechErrorOf(error: unknown): SpeechError {
  const status = statusOf(error);
  const message = `Google: ${status.details}`;
  const known = { cause: error };
  switch (status.code) {
    case GRPC.UNAUTHENTICATED:
    case GRPC.PERMISSION_DENIED:
      return new SpeechError('speech_rejected', `${message}; check credentials and that the API is enabled`, {
        ...known,
        publicMessage: 'Google refuses the credentials',
      });
    case GRPC.INVALID_ARGUMENT:
    case GRPC.NOT_FOUND:
    case GRPC.FAILED_PRECONDITION:
    case GRPC.UNIMPLEMENTED:
      return new SpeechError('speech_rejected', message, { ...known, publicMessage: 'Google refuses the request' });
    case GRPC.RESOURCE_EXHAUSTED:
      return new SpeechError('speech_unavailable', message, {
        ...known,
        retryable: true,
        publicMessage: 'the quota at Google is used up',
      });
    case GRPC.UNAVAILABLE:
      return new SpeechError('speech_unavailable', message, {
        ...known,
        retryable: true,
        publicMessage: 'Google cannot be reached',
      });
    case GRPC.DEADLINE_EXCEEDED:
      return new SpeechError('speech_timeout', message, { ...known, retryable: true });
    default:
      // grpc-js, of a message that is none of the protocol: what a bot's author wrote for Google cannot be written down.
      if (status.code === GRPC.INTERNAL && /request message serialization failure/i.test(status.details)) {
        return new SpeechError(
          'speech_rejected',
          `${message}; check sttOverrideConfig, ttsOverrideConfig and sttGenericData`,
          {
            ...known,
            publicMessage: 'what the bot sets for Google is no configuration',
          },
        );
      }
      if (/invalid_grant|invalid_client|account not found/i.test(status.details)) {
        return new SpeechError('speech_rejected', `${message}; check credentials`, {
          ...known,
          publicMessage: 'Google refuses the credentials',
        });
      }
      return new SpeechError('speech_failed', message, {
        ...known,
        retryable: true,
        publicMessage: 'the connection to Google broke',
      });
  }
}
