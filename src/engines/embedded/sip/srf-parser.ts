import { createRequire } from 'node:module';

/** The part of drachtio-srf's own message class that decides whether an application gets to see a message. */
interface SrfMessage {
  readonly type: string;
  has(name: string): boolean;
  getParsedHeader(name: string): unknown;
}

const SrfMessageClass = createRequire(import.meta.url)('drachtio-srf/lib/sip-parser/message.js') as new (
  raw: string,
) => SrfMessage;

/**
 * True where drachtio-srf reads the request without an exception. It silently drops what it cannot parse, and its dialogs parse
 * these headers without a guard; the agent answers 400 instead, so that no transaction is left waiting.
 */
export function isReadableBySrf(raw: Buffer): boolean {
  try {
    const message = new SrfMessageClass(raw.toString('utf8'));
    if (message.type !== 'request') return false;
    for (const name of ['from', 'to', 'call-id', 'cseq', 'via']) message.getParsedHeader(name);
    for (const name of ['contact', 'refer-to', 'referred-by', 'p-asserted-identity']) {
      if (message.has(name)) message.getParsedHeader(name);
    }
    return true;
  } catch {
    return false;
  }
}
