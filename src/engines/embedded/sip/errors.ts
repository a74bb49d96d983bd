import { PatchbayError } from '../../../errors.ts';

export type SipAgentErrorCode =
  /** Another program listens on the address and port; the message names transport, address and port. */
  | 'port_in_use'
  /** The address is not one of this machine's, or the port needs a privilege. */
  | 'cannot_listen';

export class SipAgentError extends PatchbayError<SipAgentErrorCode> {}

/** Classifies what `bind` or `listen` failed with. */
export function listenError(transport: string, host: string, port: number, cause: unknown): SipAgentError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  const where = `${transport.toUpperCase()} ${host}:${port}`;
  if (code === 'EADDRINUSE') {
    return new SipAgentError('port_in_use', `SIP ${where} is in use by another program`, { cause });
  }
  const detail = cause instanceof Error ? cause.message : String(cause);
  return new SipAgentError('cannot_listen', `cannot listen for SIP on ${where}: ${detail}`, { cause });
}
