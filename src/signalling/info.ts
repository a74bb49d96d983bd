import type { InfoAnswer, ReceivedInfo } from '../conversation/info.ts';
import { DTMF_TYPES } from './dtmf-info.ts';

/** An INFO request of a dialog. */
export interface IncomingInfo extends ReceivedInfo {
  /** Info-Package; '' for the older usages of INFO. */
  infoPackage: string;
}

/** Who takes the bodies of INFO; absent: nobody, so all are refused. */
export type InfoReceiver = (info: ReceivedInfo) => InfoAnswer;

/**
 * The final response to an INFO: 469 for a package, since none was announced (RFC 6086 section 4.2.2), otherwise what
 * the receiver says; 415 tells which types are taken (RFC 3261 21.4.13), those of key presses besides the receiver's.
 */
export function responseToInfo(
  { infoPackage, ...info }: IncomingInfo,
  receive?: InfoReceiver,
): { status: number; headers: Record<string, string> } {
  if (infoPackage !== '') return { status: 469, headers: { 'Recv-Info': '' } };
  const answer = receive?.(info) ?? (info.body === '' ? { status: 200 } : { status: 415, accept: [] });
  if (answer.status !== 415) return { status: answer.status, headers: {} };
  const accept = [...answer.accept, ...DTMF_TYPES].join(', ');
  return { status: 415, headers: { Accept: accept, 'Accept-Encoding': 'identity' } };
}
