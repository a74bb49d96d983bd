import { messageOf } from '../errors.ts';
import { SpeechError, type SpeechErrorCode } from './ports.ts';

/** A call goes on with another speech service than the one that it had. */
export interface Failover {
  kind: 'stt' | 'tts';
  callId: string;
  /** Ids of speech services. */
  from: string;
  to: string;
  /** For a person who may see what the vendor wrote. */
  why: string;
  /** For everybody. */
  code: SpeechErrorCode;
}

/** What has led to it. */
export function causeOf(error: unknown): Pick<Failover, 'why' | 'code'> {
  return { why: messageOf(error), code: error instanceof SpeechError ? error.code : 'speech_failed' };
}
