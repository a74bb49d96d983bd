import type { EventEmitter } from 'node:events';
import type Srf from 'drachtio-srf';
import { SipError } from './sip-error.ts';

/**
 * When its connection to the SIP agent is lost, drachtio-srf connects again, but it neither answers what it was asked before nor
 * tells its dialogs, which nobody can reach any more. `listener` is told once; the result takes it back.
 */
export function onAgentLost(srf: Srf, listener: () => void): () => void {
  const emitter = srf as unknown as EventEmitter; // the typings do not know the event
  emitter.once('close', listener);
  return () => emitter.off('close', listener);
}

/** As `answer`, unless the connection is lost before it settles. @throws SipError `sip_agent_lost` */
export async function unlessLost<T>(srf: Srf, answer: Promise<T>): Promise<T> {
  const { promise: lost, reject } = Promise.withResolvers<never>();
  const forget = onAgentLost(srf, () => reject(agentLost()));
  try {
    return await Promise.race([answer, lost]);
  } finally {
    forget();
  }
}

export function agentLost(): SipError {
  return new SipError('sip_agent_lost', 'the connection to the SIP agent was lost');
}
